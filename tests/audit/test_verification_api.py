"""S33 over HTTP: `GET /api/audit/verification` says part by part whether the log holds."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from audit import parts, services
from audit.chains import verify_chain
from audit.models import AuditHead
from audit.verify import BrokenLogError
from tests.audit import logs
from tests.audit.logs import sign, write
from tests.factories import MembershipFactory

pytestmark = pytest.mark.django_db
URL = "/api/audit/verification"


@pytest.fixture
def viewer():
    return MembershipFactory(role="viewer")


@pytest.fixture
def ask(api_as, viewer):
    client = api_as(viewer)

    def get(**query):
        answer = client.get(URL, query)
        assert answer.status_code == 200, answer.content
        return answer.json()

    return get


@pytest.fixture
def walk(ask):
    """All parts from the first on, or up to the first that does not hold."""

    def walked():
        found = [ask()]
        while found[-1]["next_after"] is not None:
            found.append(ask(after=found[-1]["next_after"]))
        return found

    return walked


@pytest.fixture
def org(viewer):
    """A log of three signed ranges, 1 to 4, 5 to 8 and 9 to 12, and two entries more."""
    org = viewer.org_id
    logs.tamper("DELETE FROM audit_auditlogsaas WHERE org_id = %s", org)
    logs.tamper("DELETE FROM audit_audithead WHERE org_id = %s", org)
    for days in (90, 60, 30):
        write(4, org=org)
        sign(org, now=timezone.now() - timedelta(days=days))
    write(2, org=org)
    return org


def in_parts_of(monkeypatch, entries):
    monkeypatch.setattr(parts, "MOST_ENTRIES", entries)


def test_a_log_that_nobody_touched_holds(ask, org):
    assert ask() == {
        "holds": True,
        "detail": "Entries 1 to 14 hold together.",
        "first_seq": 1,
        "last_seq": 14,
        "signed_through": 12,
        "next_after": None,
        "first_bad_seq": None,
    }


@pytest.mark.parametrize("entries", [1, 3, 4, 5, 13, 14])
def test_parts_follow_each_other_to_the_end(monkeypatch, walk, org, entries):
    in_parts_of(monkeypatch, entries)

    found = walk()

    looked_at = [seq for part in found for seq in range(part["first_seq"], part["last_seq"] + 1)]
    assert looked_at == list(range(1, 15))
    assert all(part["holds"] for part in found)
    assert found[-1]["signed_through"] == 12


def test_at_the_end_there_is_nothing_to_look_at_until_something_is_written(ask, org):
    at_the_end = ask(after=14)
    write(org=org)

    assert (at_the_end["holds"], at_the_end["detail"]) == (True, "Nothing is newer.")
    assert (at_the_end["first_seq"], at_the_end["last_seq"]) == (15, 14)
    assert ask(after=14)["last_seq"] == 15


def test_an_empty_log_holds(ask, viewer):
    logs.tamper("DELETE FROM audit_auditlogsaas")
    logs.tamper("DELETE FROM audit_audithead")

    assert (ask()["holds"], ask()["last_seq"]) == (True, 0)


def test_nobody_goes_on_after_the_end(api_as, viewer, org):
    answer = api_as(viewer).get(URL, {"after": 15})

    assert (answer.status_code, answer.json()["detail"]) == (400, "The log ends with entry 14.")


@pytest.mark.parametrize("after", ["-1", "x", "1.5", 2**63])
def test_what_is_no_number_of_an_entry_is_refused(api_as, viewer, after):
    assert api_as(viewer).get(URL, {"after": after}).status_code == 400


# Whatever is done to it, the first bad entry is named.


def forge_checkpoint(org):
    logs.tamper(
        "UPDATE audit_auditcheckpoint SET merkle_root = head WHERE org_id = %s AND last_seq = 8",
        org,
    )


def delete_first(count):
    logs.tamper("DELETE FROM audit_auditlogsaas WHERE seq <= %s", count)


TAMPERED = {
    "an entry edited": (lambda org: logs.edit(6), 6),
    "an entry deleted": (lambda org: logs.delete(6), 6),
    "two entries swapped": (lambda org: logs.swap(3, 6), 3),
    "an entry edited that nobody has signed": (lambda org: logs.edit(14), 14),
    "the tail cut": (lambda org: logs.cut_tail(10, org), 11),
    "the newest entry cut": (lambda org: logs.delete(14), 14),
    "a checkpoint forged": (forge_checkpoint, 5),
    "a range deleted": (
        lambda org: logs.tamper("DELETE FROM audit_auditlogsaas WHERE seq <= 4"),
        1,
    ),
    "all deleted": (lambda org: delete_first(14), 1),
}


@pytest.mark.parametrize("entries", [1, 3, 4, 10_000])
@pytest.mark.parametrize("how", TAMPERED)
def test_s33_the_first_bad_entry_is_named(monkeypatch, walk, org, how, entries):
    in_parts_of(monkeypatch, entries)
    tamper, seq = TAMPERED[how]
    tamper(org)

    *before, last = walk()

    assert all(part["holds"] for part in before)
    assert (last["holds"], last["first_bad_seq"], last["next_after"]) == (False, seq, None)
    with pytest.raises(BrokenLogError) as found:
        verify_chain(org)
    assert found.value.seq == seq
    if entries == 10_000:
        assert last["detail"] == str(found.value)


def test_s33_a_rewritten_history_does_not_fit_its_checkpoint(walk, org):
    logs.rewrite(org)

    assert (walk()[-1]["holds"], walk()[-1]["first_bad_seq"]) == (False, 1)


# What retention dropped.


def trim(org):
    return services.trim(org=org, days=45, now=timezone.now())


@pytest.mark.parametrize("checkpoints", [1, 2, 1000])
def test_of_what_retention_dropped_the_checkpoints_are_looked_at(
    monkeypatch, walk, org, checkpoints
):
    monkeypatch.setattr(parts, "MOST_CHECKPOINTS", checkpoints)
    trim(org)

    found = walk()

    assert all(part["holds"] for part in found)
    assert found[0]["detail"].startswith("Retention dropped entries 1 to ")
    assert (found[-2]["last_seq"], found[-1]["first_seq"], found[-1]["last_seq"]) == (8, 9, 15)


def test_a_forged_checkpoint_of_dropped_entries_is_found(walk, org):
    trim(org)
    forge_checkpoint(org)

    assert (walk()[-1]["holds"], walk()[-1]["first_bad_seq"]) == (False, 5)


def test_more_than_retention_dropped_is_missed(walk, org):
    trim(org)
    logs.delete(9)

    assert (walk()[-1]["holds"], walk()[-1]["first_bad_seq"]) == (False, 9)


def test_retention_that_comes_in_between_breaks_nothing(org):
    """The oldest entries go after it was seen which they are."""
    trimmed = []

    def trim_once(execute, sql, *more):
        if "audit_auditcheckpoint" in sql and not trimmed:
            trimmed.append(None)
            trimmed.append(trim(org))
        return execute(sql, *more)

    with connection.execute_wrapper(trim_once):
        found = parts.verify_part(org, after=0)

    assert trimmed == [None, 8]
    assert (found.holds, found.last_seq) == (True, 8)


def test_another_organizations_log_is_not_looked_at(ask, org):
    other = MembershipFactory().org_id
    write(3, org=other)
    logs.tamper("UPDATE audit_auditlogsaas SET actor_email = 'eve' WHERE org_id = %s", other)

    assert ask()["holds"]
    assert AuditHead.objects.get(org=other).seq > 0
