"""`GET /api/audit/checkpoints`, and what makes checkpoints."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command

from audit import services
from audit.chains import verify_chain
from audit.domain.signing import SigningKey
from audit.models import AuditCheckpoint, AuditLogSaaS
from audit.verify import STATEMENT_FIELDS, MerkleTree, check_signature
from codestax.common.upkeep import upkeep_due
from tests.audit import logs
from tests.audit.logs import ORG, exported, sign, write
from tests.factories import MembershipFactory

pytestmark = pytest.mark.django_db
URL = "/api/audit/checkpoints"
NOW = datetime(2026, 4, 26, 12, tzinfo=UTC)


@pytest.fixture
def viewer():
    return MembershipFactory(role="viewer")


def test_a_checkpoint_has_what_was_signed_the_key_and_the_signature(api_as, viewer):
    write(3, org=viewer.org_id)
    made = sign(viewer.org_id, now=NOW)

    (answered,) = api_as(viewer).get(URL).json()["results"]

    assert answered == made
    assert answered.keys() == {*STATEMENT_FIELDS, "public_key", "signature"}
    assert (answered["first_seq"], answered["previous"]) == (1, "")
    assert answered["made_at"] == "2026-04-26T12:00:00.000000Z"
    check_signature(answered)


def test_checkpoints_follow_each_other_newest_first_page_by_page(api_as, viewer):
    made = []
    for _ in range(3):
        write(org=viewer.org_id)
        made.append(sign(viewer.org_id))
    client = api_as(viewer)

    first = client.get(URL, {"limit": 2}).json()
    second = client.get(first["next"]).json()

    assert first["results"] + second["results"] == made[::-1]
    assert second["next"] is None
    assert [one["previous"] for one in made] == ["", made[0]["signature"], made[1]["signature"]]
    assert [one["first_seq"] for one in made[1:]] == [one["last_seq"] + 1 for one in made[:-1]]


def test_others_checkpoints_are_never_shown(api_as, viewer):
    write(org=ORG)
    write(org=None)
    sign(ORG)

    assert [one["org"] for one in api_as(viewer).get(URL).json()["results"]] == [viewer.org_id]


def test_the_root_is_over_the_hashes_of_the_checkpoints_own_entries():
    write(2)
    sign()
    write(5)
    tree = MerkleTree()
    for entry in AuditLogSaaS.objects.filter(org=ORG, seq__gt=2).order_by("seq"):
        tree.add(bytes(entry.hash))

    assert sign()["merkle_root"] == tree.root().hex()


def test_nothing_new_makes_no_checkpoint():
    write()

    assert len(services.make_checkpoints(now=NOW)) == 1
    assert services.make_checkpoints(now=NOW) == []


def test_many_entries_are_signed_in_several_ranges(monkeypatch):
    monkeypatch.setattr("audit.services.checkpoints.MOST_ENTRIES", 4)
    write(10)

    made = services.make_checkpoints(now=NOW)

    assert [(one.first_seq, one.last_seq) for one in made] == [(1, 4), (5, 8), (9, 10)]
    assert "hold together" in verify_chain(ORG)


def test_a_checkpoint_that_another_process_has_just_made_is_not_made_twice(monkeypatch):
    write(2)
    first = sign()
    write(2)
    # This process has looked before the other one had made the first.
    monkeypatch.setattr("audit.services.checkpoints.newest_checkpoint", lambda org: None)

    assert services.make_checkpoints(now=NOW) == []
    assert [one.record() for one in AuditCheckpoint.objects.filter(org=ORG)] == [first]


# From time to time


@pytest.fixture
def upkeep(monkeypatch):
    """What the workers send every few seconds."""
    monkeypatch.setattr("audit.services.upkeep._looked", [])
    return lambda now: upkeep_due.send_robust(sender=None, now=now)


def test_upkeep_signs_what_is_new_once_an_hour(upkeep):
    counts = []
    for minutes in (0, 30, 50, 61):
        write()
        upkeep(NOW + timedelta(minutes=minutes))
        counts.append(AuditCheckpoint.objects.filter(org=ORG).count())

    assert counts == [1, 1, 1, 2]


def test_upkeep_looks_every_five_minutes_and_after_a_clock_that_was_set_back(
    upkeep, django_assert_num_queries
):
    upkeep(NOW)

    with django_assert_num_queries(0):
        upkeep(NOW + timedelta(minutes=4))
    with django_assert_num_queries(2):  # entries outside of a chain, chains with new entries
        upkeep(NOW - timedelta(hours=1))


def test_upkeep_drops_what_is_older_than_the_setting_says(upkeep, settings):
    settings.AUDIT_RETENTION_DAYS = 30
    write()
    upkeep(NOW)

    upkeep(NOW + timedelta(days=31))

    assert [entry.action for entry in AuditLogSaaS.objects.filter(org=ORG)] == ["AUDIT_LOG_TRIMMED"]


# What a former release wrote


def test_an_entry_that_a_former_release_wrote_joins_the_chain_before_it_is_signed():
    write(2)
    logs.tamper(
        "INSERT INTO audit_auditlogsaas (org_id, action, actor_email, user_agent, metadata, "
        "created_at) VALUES (%s, 'SIGN_IN', 'old@acme.example', '', '{}', now())",
        ORG,
    )
    write()

    assert sign()["last_seq"] == 4
    assert "4 entries hold together" in verify_chain(ORG)
    assert AuditLogSaaS.objects.get(seq=4).actor_email == "old@acme.example"


# The key

SEED = bytes(range(32))
PEM = Ed25519PrivateKey.from_private_bytes(SEED).private_bytes(
    Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
)
RSA = generate_private_key(65537, 2048).private_bytes(
    Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
)


def test_a_key_is_pem_or_base64_of_its_seed():
    one, other = (
        SigningKey.parse(text) for text in (PEM.decode(), base64.b64encode(SEED).decode())
    )

    assert one.public == other.public
    assert len(one.key_id) == 16


@pytest.mark.parametrize("text", ["", "short", "c2hvcnQ=", RSA.decode(), PEM.decode()[:60], "é"])
def test_anything_else_is_refused_without_showing_it(settings, text):
    settings.AUDIT_SIGNING_KEY = text

    with pytest.raises(ImproperlyConfigured, match="must be an Ed25519 key") as refused:
        services.signing_key()

    assert refused.value.__suppress_context__


# The command


def test_the_command_says_what_it_signed(capsys):
    write(3)

    call_command("audit", "checkpoint")

    said = capsys.readouterr().out
    assert "Signed entries 1 to 3 of organization 77.\n" in said
    assert said.endswith("Checkpoints made: 1.\n")


def test_the_command_fails_where_a_log_is_not_whole(caplog):
    write(3)
    logs.edit(2)

    with pytest.raises(CommandError, match=r"Not signed.*\[77\]"):
        call_command("audit", "checkpoint")


def test_the_command_exports_what_the_dashboard_does(capsys, viewer):
    write(2, org=viewer.org_id)
    sign(viewer.org_id)

    call_command("audit", "export", "--org", viewer.org.slug)

    printed = capsys.readouterr().out.splitlines()[1:]
    assert printed == [line.rstrip("\n") for line in exported(viewer.org_id)[1:]]


@pytest.mark.parametrize("task", ["export", "verify", "retain"])
def test_an_unknown_organization_is_named(task):
    days = ["--days", "1"] if task == "retain" else []

    with pytest.raises(CommandError, match="There is no organization nowhere"):
        call_command("audit", task, "--org", "nowhere", *days)
