"""The audit log: what the chain costs an act, and how long a large log takes to verify."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from hashlib import sha256
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from django.db import connection
from django.utils import timezone

from audit import services, verify
from audit.chains import export_lines, verify_chain
from audit.domain.chain import GENESIS
from audit.models import AuditHead, AuditLogSaaS
from audit.parts import verify_part
from bench.limits import judged
from codestax.common.acts import act

ENTRIES, MOST_SECONDS = 1_000_000, 60
ORG = 1_000_000
WORKERS, ORGANIZATIONS, SECONDS, ROUNDS = 8, 8, 2.0, 3
_COLUMNS = "org_id, action, actor_email, ip, user_agent, metadata, created_at, seq, hash"
_BARE = f"""
INSERT INTO bench_entry ({_COLUMNS}) VALUES (%s, 'BENCH', 'system', NULL, '', '{{"changes": []}}',
now(), %s, decode(repeat('00', 32), 'hex'))
"""


def measure() -> None:
    _measure_acts()
    _measure_verification()


# Acts


def _measure_acts() -> None:
    print(f"\nActs with nothing but their entry, {WORKERS} at a time, against a bare INSERT\n")
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bench_entry (LIKE audit_auditlogsaas INCLUDING ALL)")
    rates: dict[str, list[float]] = {"bare": [], "one": [], "eight": []}
    numbers = count(1)
    for round_ in range(ROUNDS):
        first = ORG + 1 + round_ * (ORGANIZATIONS + 1)
        several = range(first, first + ORGANIZATIONS)
        rates["bare"].append(_rate(lambda _: _insert(next(numbers))))
        rates["one"].append(_rate(lambda _, org=first + ORGANIZATIONS: _act(org)))
        rates["eight"].append(_rate(lambda worker, orgs=several: _act(orgs[worker])))
        for org in (*several, first + ORGANIZATIONS):
            verify_chain(org)  # raises where there is a gap or a fork
    for name, key in (("one organization", "one"), (f"{ORGANIZATIONS} organizations", "eight")):
        judged(
            f"bare inserts / acts into {name}",
            [bare / chained for bare, chained in zip(rates["bare"], rates[key], strict=True)],
            None,
        )
    shown = {name: f"{sorted(found)[ROUNDS // 2]:,.0f}" for name, found in rates.items()}
    print(f"    (a second: bare {shown['bare']}, into one {shown['one']}, eight {shown['eight']})")


def _act(org: int) -> None:
    with act("BENCH", organization_id=org):
        pass


def _insert(number: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_BARE, [ORG, number])


def _rate(write: Callable[[int], None]) -> float:
    """How many of them commit in a second, over all workers."""
    until = time.monotonic() + SECONDS

    def work(worker: int) -> int:
        try:
            done = 0
            while time.monotonic() < until:
                write(worker)
                done += 1
            return done
        finally:
            connection.close()

    with ThreadPoolExecutor(WORKERS) as pool:
        return sum(pool.map(work, range(WORKERS))) / SECONDS


# Verification


def _measure_verification() -> None:
    print(f"\nVerifying {ENTRIES:,} entries against SHA-256 of each line of their export\n")
    _write_entries()
    signing = _seconds(partial(services.make_checkpoints, now=timezone.now()))
    command = _seconds(partial(verify_chain, ORG))
    parts = list(_seconds_of_parts())
    with TemporaryDirectory() as folder:
        export = Path(folder) / "log.jsonl"
        exporting = _seconds(partial(_export, export))
        script = _seconds(partial(_run_script, export))
        plain = _seconds(partial(_hash_lines, export))
        size = export.stat().st_size
    for name, seconds in (("command", command), ("parts", sum(parts)), ("script", script)):
        judged(f"verified by the {name} / plain SHA-256", [seconds / plain], None)
        judged(f"  seconds of the {name}", [seconds], MOST_SECONDS)
    print(
        f"    ({size / 1e6:.0f} MB; plain {plain:.1f} s, signing {signing:.1f} s, "
        f"exporting {exporting:.1f} s; {len(parts)} parts, the slowest {max(parts):.2f} s)"
    )


def _seconds_of_parts() -> Iterator[float]:
    """How long each takes of the parts that the API answers."""
    after: int | None = 0
    while after is not None:
        started = time.perf_counter()
        part = verify_part(ORG, after=after)
        yield time.perf_counter() - started
        if not part.holds:
            raise AssertionError(part.detail)
        after = part.next_after


def _write_entries() -> None:
    """A log as the product would have written it, by COPY: a million acts take a while."""
    head = GENESIS
    with connection.cursor() as cursor:
        with cursor.copy(f"COPY {AuditLogSaaS._meta.db_table} ({_COLUMNS}) FROM STDIN") as copy:
            for seq, values, record in _entries():
                head = sha256(head + record).digest()
                copy.write(f"{values}\t{seq}\t\\\\x{head.hex()}\n".encode())
        cursor.execute("ANALYZE audit_auditlogsaas")
    AuditHead.objects.create(org=ORG, seq=ENTRIES, hash=head)


def _entries() -> Iterator[tuple[int, str, bytes]]:
    """(seq, the other columns as COPY takes them, canonical JSON) of ordinary entries."""
    for seq in range(1, ENTRIES + 1):
        at = f"2026-04-{seq % 28 + 1:02d}T12:{seq % 60:02d}:00.{seq % 1000000:06d}Z"
        metadata = (
            f'{{"changes":[{{"after":{{"revoked_at":"{at}"}},"before":{{"revoked_at":null}},'
            f'"id":{seq},"label":"ci-{seq % 97}","model":"orgs.apikey","verb":"updated"}}],'
            f'"key":"cpl_live_Ab12Cd34Ef","key_name":"ci-{seq % 97}"}}'
        )
        fields = ("API_KEY_REVOKED", f"user{seq % 50}@acme.example", "203.0.113.7", "curl/8.5")
        action, email, ip, agent = fields
        record = (
            f'{{"action":"{action}","actor_email":"{email}","created_at":"{at}","ip":"{ip}",'
            f'"metadata":{metadata},"org":{ORG},"seq":{seq},"user_agent":"{agent}","v":1}}'
        )
        yield seq, "\t".join((str(ORG), *fields, metadata, at)), record.encode()


def _export(path: Path) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(export_lines(ORG))


def _run_script(path: Path) -> None:
    command = [sys.executable, str(verify.__file__), str(path)]
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - our own command


def _hash_lines(path: Path) -> None:
    with path.open("rb") as lines:
        for line in lines:
            sha256(line).digest()


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
