"""Accounts of the database without passwords: `python -m tests.drills.certificates`.

The embedded PostgreSQL has no TLS, so this takes a server of the system's packages
(/usr/lib/postgresql, or the folder in POSTGRES_BIN). It knows accounts by their certificates alone.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlencode

import psycopg
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bench.server import Accounts, free_port
from tests.drills.__main__ import main as drill
from tests.faults.product import ASYNC, Product, bootstrap
from tests.faults.waiting import until
from tests.scans.sarif import report, result

ROLES = """
CREATE ROLE codestax_owner LOGIN;
CREATE ROLE codestax_staff NOLOGIN;
CREATE ROLE codestax_app LOGIN NOINHERIT;
GRANT codestax_staff TO codestax_app, codestax_owner;
"""
# As docs/operations.md shows it; the socket is for making the roles.
HBA = "local all postgres peer\nhostssl codestax all 127.0.0.1/32 cert\n"


class Authority:
    """Signs certificates, whose common name is the account's."""

    def __init__(self, directory):
        self.directory = directory
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = _named("drill")
        own = self._made(self.name, self.key).add_extension(x509.BasicConstraints(True, None), True)
        self._write("ca", own.sign(self.key, hashes.SHA256()), self.key)

    def issue(self, name):
        key = ec.generate_private_key(ec.SECP256R1())
        address = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
        made = self._made(_named(name), key).add_extension(address, critical=False)
        self._write(name, made.sign(self.key, hashes.SHA256()), key)

    def options(self, name):
        paths = {"sslcert": f"{name}.crt", "sslkey": f"{name}.key", "sslrootcert": "ca.crt"}
        return {key: str(self.directory / path) for key, path in paths.items()}

    def _made(self, name, key):
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(minutes=5))
            .not_valid_after(now + timedelta(hours=1))
        )

    def _write(self, name, certificate, key):
        pem = serialization.Encoding.PEM
        private = key.private_bytes(
            pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        (self.directory / f"{name}.crt").write_bytes(certificate.public_bytes(pem))
        kept = self.directory / f"{name}.key"
        kept.write_bytes(private)
        kept.chmod(0o600)


def _named(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


class Server:
    def __init__(self, directory, authority):
        self.directory, self.port = directory, free_port()
        self.bin = Path(os.environ.get("POSTGRES_BIN") or max(_installed()))
        self._call("initdb", "--pgdata", str(directory / "data"), "--auth", "peer")
        data = directory / "data"
        for source, target in (("server.crt", "server.crt"), ("server.key", "server.key")):
            shutil.copy(authority.directory / source, data / target)
            shutil.chown(data / target, "postgres")
        shutil.copy(authority.directory / "ca.crt", data / "ca.crt")
        (data / "pg_hba.conf").write_text(HBA)
        options = f"-p {self.port} -k {directory} -c ssl=on -c ssl_ca_file=ca.crt"
        log = str(directory / "log")
        self._call("pg_ctl", "start", "-w", "-D", str(data), "-l", log, "-o", options)
        self._run_sql("postgres", ROLES)
        self._run_sql("postgres", "CREATE DATABASE codestax OWNER codestax_owner")

    def stop(self):
        self._call("pg_ctl", "stop", "-m", "immediate", "-D", str(self.directory / "data"))

    def url(self, account, **options):
        query = urlencode({"sslmode": "verify-full"} | options)
        return f"postgresql://{account}@127.0.0.1:{self.port}/codestax?{query}"

    def _run_sql(self, database, statement):
        self._call("psql", "-h", str(self.directory), "-p", str(self.port), "-c", statement)

    def _call(self, program, *arguments):
        command = ["runuser", "-u", "postgres", "--", str(self.bin / program), *arguments]
        subprocess.run(command, check=True, cwd="/", stdout=subprocess.DEVNULL)


def _installed():
    return Path("/usr/lib/postgresql").glob("*/bin")


@pytest.fixture(scope="module")
def authority():
    directory = Path(tempfile.mkdtemp(prefix="cs-", dir="/tmp"))
    directory.chmod(0o755)
    made = Authority(directory)
    for name in ("server", "codestax_owner", "codestax_app"):
        made.issue(name)
    yield made
    shutil.rmtree(directory)


@pytest.fixture(scope="module")
def certified(authority):
    directory = Path(tempfile.mkdtemp(prefix="cs-", dir="/tmp"))
    shutil.chown(directory, "postgres")
    made = Server(directory, authority)
    yield made
    made.stop()
    shutil.rmtree(directory)


@pytest.fixture
def accounts(certified, authority):
    owner, app = (
        certified.url(name, **authority.options(name))
        for name in ("codestax_owner", "codestax_app")
    )
    return Accounts(owner, app)


def test_the_product_works_without_a_password_of_the_database(accounts, tmp_path, figure):
    Product(accounts, "", tmp_path).manage("migrate", "--verbosity", "0")
    product = Product(accounts, bootstrap(accounts), tmp_path)
    product.manage("database", "check")
    product.start_web()
    product.start_worker()
    try:
        repository = product.repository("certified")
        status, _ = repository.upload("a1", report(result()))
        waiting, _ = repository.upload("b2", report(result()), **ASYNC)
        until(repository.is_done)
        score, _ = product.send("GET", f"/api/compliance/score/{repository.pk}")
    finally:
        product.stop()

    assert (status, waiting, score) == (201, 202, 200)
    assert repository.scans() == ["a1", "b2"]
    figure(upload=status, score=score)


@pytest.mark.parametrize(
    ("account", "certificate"), [("codestax_owner", "codestax_app"), ("codestax_app", None)]
)
def test_another_certificate_or_none_opens_nothing(certified, authority, account, certificate):
    options = authority.options(certificate or account)
    if certificate is None:
        options = {"sslrootcert": options["sslrootcert"], "sslcert": "", "sslkey": ""}

    with pytest.raises(psycopg.OperationalError, match="certificate"):
        psycopg.connect(certified.url(account, **options), password="guessed")


if __name__ == "__main__":
    sys.exit(drill("tests/drills/certificates.py", *sys.argv[1:]))
