"""Old entries go in whole checkpointed ranges; what is left still verifies."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from audit import services
from audit.chains import selection_lines, verify_chain
from audit.models import AuditCheckpoint, AuditLogSaaS
from audit.verify import BrokenLogError, check_export
from tests.audit import logs
from tests.audit.logs import ORG, exported, sign, write

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 4, 26, 12, tzinfo=UTC)


@pytest.fixture
def log():
    """Ranges signed 90, 60 and 30 days ago, and two entries that are not signed."""
    signed = []
    for days in (90, 60, 30):
        write(4)
        signed.append(sign(now=NOW - timedelta(days=days)))
    write(2)
    return signed


def trim(days=45, org=ORG):
    return services.trim(org=org, days=days, now=NOW)


def seqs():
    return list(AuditLogSaaS.objects.order_by("seq").values_list("seq", flat=True))


def test_whole_ranges_go_and_their_checkpoints_stay(log):
    assert trim() == 8

    assert seqs() == [*range(9, 16)]
    assert AuditCheckpoint.objects.count() == 3


def test_verification_goes_on_across_the_gap_and_says_what_was_dropped(log):
    trim()

    said = verify_chain(ORG)

    assert said.startswith(
        "7 entries hold together, up to entry 15. Retention dropped entries 1 to 8"
    )
    assert check_export(exported(), log).startswith("7 entries hold together")


def test_what_was_dropped_is_an_entry(log):
    trim()

    entry = AuditLogSaaS.objects.order_by("seq").last()
    assert (entry.action, entry.org) == ("AUDIT_LOG_TRIMMED", ORG)
    assert entry.metadata == {"through_seq": 8, "dropped": 8, "days": 45, "changes": []}


def test_it_goes_on_from_where_it_stopped(log):
    assert (trim(), trim(), trim(days=20)) == (8, 0, 4)
    assert "Retention dropped entries 1 to 12" in verify_chain(ORG)


def test_what_is_young_or_not_signed_stays(log):
    assert trim(days=90) == 0
    assert seqs() == [*range(1, 15)]


def test_a_log_of_no_organization_is_trimmed_alike():
    write(3, org=None)
    services.make_checkpoints(now=NOW - timedelta(days=60))

    assert trim(org=0) == 3
    assert "1 entries hold together, up to entry 4" in verify_chain(0)


def test_others_logs_stay_whole(log):
    write(3, org=78)
    services.make_checkpoints(now=NOW - timedelta(days=60))

    trim()

    assert "3 entries hold together" in verify_chain(78)


def test_a_range_that_was_deleted_without_retention_is_missed(log):
    logs.tamper("DELETE FROM audit_auditlogsaas WHERE seq <= 4")

    with pytest.raises(BrokenLogError, match="no AUDIT_LOG_TRIMMED says") as found:
        verify_chain(ORG)

    assert found.value.seq == 1


def test_more_than_retention_dropped_is_missed(log):
    trim()
    logs.delete(9)

    with pytest.raises(BrokenLogError, match="Entry 1 is missing: the log begins with entry 10"):
        verify_chain(ORG)


@pytest.mark.parametrize("seq", [9, 13])
def test_tampering_behind_the_gap_is_found(log, seq):
    trim()
    logs.edit(seq)

    with pytest.raises(BrokenLogError) as found:
        verify_chain(ORG)

    assert found.value.seq == seq


def test_an_entry_next_to_the_gap_verifies_in_a_filtered_export(log):
    trim()
    lines = list(selection_lines(ORG, AuditLogSaaS.objects.filter(seq=9), {"x": "y"}))

    assert json.loads(lines[-1])["previous"] == log[1]["head"]
    assert check_export(lines).startswith("1 entries hold each by itself")


def test_the_command_says_how_many_it_dropped(capsys):
    write(3)
    sign(now=timezone.now() - timedelta(days=60))

    call_command("audit", "retain", "--days", "30")

    assert "Organization 77, which is gone: entries dropped: 3." in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [[], ["--days", "0"], ["--days", "-1"]])
def test_the_command_drops_nothing_unless_it_is_told_how_old(log, arguments):
    with pytest.raises(CommandError, match="how long to keep"):
        call_command("audit", "retain", *arguments)

    assert len(seqs()) == 14
