"""S32: whoever is connected, what the log holds is neither changed nor removed."""

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from audit.models import AuditHead, AuditLogSaaS
from tests.audit.logs import ORG, sign, write

pytestmark = pytest.mark.django_db
ENTRIES, HEADS = "audit_auditlogsaas", "audit_audithead"
CHECKPOINTS, TRIMS = "audit_auditcheckpoint", "audit_audittrim"


def run(sql, *values):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)


@pytest.fixture
def log():
    """Three entries, signed; one more that is not."""
    write(3)
    sign()
    write()
    return lambda: list(AuditLogSaaS.objects.order_by("pk").values_list())


@pytest.mark.parametrize(
    "sql",
    [
        f"UPDATE {ENTRIES} SET action = 'FORGED'",
        f"UPDATE {ENTRIES} SET seq = seq + 10",
        f"UPDATE {ENTRIES} SET hash = NULL, seq = NULL",
        f"DELETE FROM {ENTRIES}",
        f"TRUNCATE {ENTRIES}",
        f"TRUNCATE {ENTRIES} CASCADE",
        f"UPDATE {CHECKPOINTS} SET last_seq = 1",
        f"DELETE FROM {CHECKPOINTS}",
        f"TRUNCATE {CHECKPOINTS}",
        f"DELETE FROM {HEADS}",
        f"TRUNCATE {HEADS}",
        f"UPDATE {HEADS} SET seq = 1",
        f"UPDATE {HEADS} SET hash = '\\x00'",
        f"UPDATE {HEADS} SET org_id = 78, seq = seq + 1",
        f"INSERT INTO {TRIMS} (org_id, through_seq, trimmed_at) VALUES ({ORG}, 2, now())",
        f"SELECT audit_trim({ORG}, 2)",
        f"SELECT audit_trim({ORG}, 4)",
        f"SELECT audit_trim({ORG + 1}, 3)",
        f"TRUNCATE {TRIMS}",
    ],
)
def test_s32_no_statement_changes_or_removes_what_was_recorded(log, sql):
    before = log()

    with pytest.raises(IntegrityError, match=r"append-only|entry to the next|whole checkpointed"):
        run(sql)

    assert log() == before


@pytest.mark.parametrize("sql", [f"UPDATE {ENTRIES} SET action = ''", f"DELETE FROM {ENTRIES}"])
def test_s32_a_session_that_says_to_be_a_replica_passes_no_trigger_by(log, sql):
    run("SET LOCAL session_replication_role = replica")

    with pytest.raises(IntegrityError, match="append-only"):
        run(sql)


def test_s32_a_temporary_table_does_not_stand_in_for_the_list_of_dropped_ranges(log):
    run(f"CREATE TEMPORARY TABLE {TRIMS} (org_id bigint, through_seq bigint) ON COMMIT DROP")
    run(f"INSERT INTO pg_temp.{TRIMS} VALUES ({ORG}, 99)")

    with pytest.raises(IntegrityError, match="append-only"):
        run(f"DELETE FROM {ENTRIES}")


def test_what_retention_put_down_as_dropped_can_go_and_nothing_after_it(log):
    run("SELECT audit_trim(%s, 3)", ORG)

    assert [entry.seq for entry in AuditLogSaaS.objects.all()] == [4]
    with pytest.raises(IntegrityError, match="append-only"):
        run(f"DELETE FROM {ENTRIES}")
    with pytest.raises(IntegrityError, match="append-only"):
        run(f"DELETE FROM {TRIMS}")


# The application's role


@pytest.fixture
def application(log):
    """Act as the web processes do, for the organization of the log."""
    run("SET LOCAL ROLE codestax_app")
    run("SELECT set_config('app.org_id', %s, true)", str(ORG))
    return log


@pytest.mark.parametrize(
    "sql",
    [
        f"UPDATE {ENTRIES} SET action = 'FORGED' WHERE false",
        f"DELETE FROM {ENTRIES} WHERE false",
        f"TRUNCATE {ENTRIES}",
        f"ALTER TABLE {ENTRIES} DISABLE TRIGGER USER",
        f"DROP TRIGGER audit_entry_guard ON {ENTRIES}",
        f"UPDATE {CHECKPOINTS} SET last_seq = 1 WHERE false",
        f"DELETE FROM {CHECKPOINTS} WHERE false",
        f"DELETE FROM {HEADS} WHERE false",
        f"INSERT INTO {TRIMS} (org_id, through_seq, trimmed_at) VALUES ({ORG}, 3, now())",
        "SELECT audit_restrict('codestax_app')",
        f"SELECT audit_trim({ORG}, 3)",
        "SET LOCAL session_replication_role = replica",
    ],
)
def test_s32_the_applications_role_has_no_right_to_try(application, sql):
    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"):
        run(sql)


def test_the_applications_role_writes_and_signs_entries(application):
    write()
    sign()

    assert [entry.seq for entry in AuditLogSaaS.objects.order_by("seq")] == [1, 2, 3, 4, 5]
    assert AuditHead.objects.get(org=ORG).seq == 5


def test_the_upkeeps_role_drops_ranges_that_are_signed(application):
    run("SET LOCAL ROLE codestax_staff")
    run("SELECT audit_trim(%s, 3)", ORG)

    assert [entry.seq for entry in AuditLogSaaS.objects.order_by("seq")] == [4]
