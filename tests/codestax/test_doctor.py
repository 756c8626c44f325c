"""`manage.py doctor`: each thing that can be wrong is said, with what to do about it."""

import json
from base64 import b64encode
from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from codestax.doctor.problem import Problem, numbered
from codestax.doctor.tables import GUARDS, TRIGGERS
from tests.audit import logs
from tests.factories import OrganizationFactory, UploadFactory

pytestmark = pytest.mark.django_db

_WORKER = "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now())"


def execute(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


@pytest.fixture
def worker():
    execute(_WORKER)


def doctor(*arguments):
    """What it prints, and its exit status."""
    printed = StringIO()
    try:
        call_command("doctor", *arguments, stdout=printed)
    except SystemExit as ended:
        return printed.getvalue(), ended.code
    return printed.getvalue(), 0


def says(*words):
    """Whether there is a line with all of the words, and what all of it was."""
    printed, status = doctor()
    lines = [line for line in printed.splitlines() if all(word in line for word in words)]
    assert (len(lines), status) == (1, 1), printed
    return lines[0]


@pytest.mark.usefixtures("worker")
def test_where_all_is_well_it_says_so_in_one_line():
    OrganizationFactory()

    assert doctor() == ("Nothing is wrong.\n", 0)


@pytest.mark.usefixtures("worker")
def test_a_program_gets_an_object():
    printed, status = doctor("--json")

    assert (json.loads(printed), status) == ({"problems": []}, 0)


def test_a_program_gets_each_problem_with_its_remedy():
    printed, status = doctor("--json")

    (problem,) = json.loads(printed)["problems"]
    assert status == 1
    assert problem["area"] == "queue"
    assert problem["sentence"].startswith("No worker is alive")
    assert problem["remedy"].startswith("Start `manage.py worker`")


def test_without_a_worker_it_says_how_to_start_one():
    assert "Start `manage.py worker`" in says("No worker is alive")


def test_a_worker_that_is_silent_for_a_minute_is_dead():
    execute(
        "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '61 seconds')"
    )

    says("No worker is alive")


@pytest.mark.usefixtures("worker")
def test_an_upload_that_nobody_takes_in_is_named():
    upload = UploadFactory(received_at=timezone.now() - timedelta(minutes=6))
    UploadFactory(received_at=timezone.now() - timedelta(minutes=4))

    says(f"Upload {upload.pk}: received more than five minutes ago")


@pytest.mark.usefixtures("worker")
def test_an_upload_beyond_its_lease_is_named():
    now = timezone.now()
    upload = UploadFactory(worker="gone", lease_until=now - timedelta(minutes=2))
    UploadFactory(worker="alive", lease_until=now + timedelta(seconds=10))

    says(f"Upload {upload.pk}: the worker that held it is gone")


@pytest.mark.usefixtures("worker")
def test_uploads_that_failed_within_a_day_are_named():
    now = timezone.now()
    made = [
        UploadFactory(status="failed", finished_at=now - timedelta(hours=hours), reason="secret")
        for hours in (1, 2, 30)
    ]

    line = says(f"Uploads {made[0].pk} and {made[1].pk}: failed")
    assert "secret" not in line


@pytest.mark.usefixtures("worker")
def test_migrations_that_are_missing_are_all_that_it_looks_at():
    execute("DELETE FROM django_migrations WHERE app = 'audit' AND name LIKE %s", "0006%")

    printed, status = doctor()

    assert status == 1
    assert printed == "database: 1 migrations are not applied: run manage.py migrate.\n"


@pytest.mark.usefixtures("worker")
def test_a_table_without_its_wall_is_named():
    execute("ALTER TABLE scans_scan NO FORCE ROW LEVEL SECURITY")

    says("No row-level security is forced on scans_scan: where a migration back was broken off")


@pytest.mark.usefixtures("worker")
def test_a_server_that_may_lose_what_it_has_answered_is_named():
    execute("SET LOCAL synchronous_commit = off")

    says("synchronous_commit is off", "synchronous_commit = on")


def test_what_cannot_be_looked_at_is_a_problem_and_hides_no_other():
    execute("ALTER TABLE procrastinate_workers RENAME TO gone")
    execute("ALTER TABLE audit_audithead ENABLE TRIGGER audit_head_guard")

    printed, _ = doctor()

    assert [line.partition(".")[0] for line in printed.splitlines()] == [
        "tables: The trigger audit_head_guard, which keeps audit_audithead append-only, is missing "
        "or switched off",
        "queue: This could not be looked at: ProgrammingError",
    ]


@pytest.mark.usefixtures("worker")
def test_a_constraint_that_was_never_validated_is_named():
    execute("ALTER TABLE orgs_user ADD CONSTRAINT late CHECK (email <> '') NOT VALID")

    says("constraint late of orgs_user", "VALIDATE CONSTRAINT late")


@pytest.mark.usefixtures("worker")
def test_an_index_that_was_broken_off_is_named():
    execute(
        "UPDATE pg_index SET indisvalid = false "
        "WHERE indexrelid = 'scans_scan_by_commit_time'::regclass"
    )

    says("index scans_scan_by_commit_time of scans_scan", "REINDEX")


@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize(
    ("table", "trigger"),
    [
        ("audit_auditlogsaas", "audit_entry_guard"),
        ("compliance_policyversion", "compliance_policyversion_append_only"),
    ],
)
def test_a_guard_that_is_switched_off_is_named(table, trigger):
    execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")

    says(trigger, f"ALTER TABLE {table} ENABLE")


def test_every_trigger_of_the_product_is_looked_for():
    with connection.cursor() as cursor:
        cursor.execute(TRIGGERS)
        found = {row for row in cursor.fetchall() if not row[0].startswith("procrastinate_")}

    assert found == GUARDS


@pytest.mark.usefixtures("worker")
def test_a_guard_that_a_replica_passes_by_is_named():
    execute("ALTER TABLE audit_audithead ENABLE TRIGGER audit_head_guard")

    says("audit_head_guard", "ENABLE ALWAYS TRIGGER")


@pytest.mark.usefixtures("worker")
def test_a_right_that_the_application_should_not_have_is_named():
    execute("GRANT DELETE ON audit_auditlogsaas TO codestax_app")

    says("codestax_app has the right to DELETE audit_auditlogsaas", "audit_restrict")


@pytest.mark.usefixtures("worker")
def test_a_log_that_does_not_end_where_its_head_says_is_named():
    logs.write(3)
    logs.tamper("DELETE FROM audit_auditlogsaas WHERE org_id = %s AND seq = 3", logs.ORG)

    says(f"Organization {logs.ORG}: the log does not end", "audit verify")


@pytest.mark.usefixtures("worker")
def test_a_log_whose_signed_entry_is_gone_is_named():
    logs.write(3)
    logs.sign()
    logs.cut_tail(after=2)

    says(f"Organization {logs.ORG}: a signed entry is not what was signed", "audit verify")


@pytest.mark.usefixtures("worker")
def test_what_retention_has_dropped_is_no_problem():
    logs.write(3)
    logs.sign(now=timezone.now() - timedelta(days=9))
    call_command("audit", "retain", "--days", "5", stdout=StringIO())

    assert doctor() == ("Nothing is wrong.\n", 0)


@pytest.mark.usefixtures("worker")
def test_entries_that_nobody_has_signed_for_hours_are_named():
    logs.write(1, created_at=timezone.now() - timedelta(hours=4))

    says(f"Organization {logs.ORG}", "not signed", "audit checkpoint")


@pytest.mark.usefixtures("worker")
def test_a_signing_key_that_is_not_the_last_one_is_told_by_its_id(settings):
    logs.write(1)
    key_id = logs.sign()["key_id"]
    settings.AUDIT_SIGNING_KEY = b64encode(bytes(range(32))).decode()

    line = says("AUDIT_SIGNING_KEY", key_id, "put the former key back")
    assert settings.AUDIT_SIGNING_KEY not in line


@pytest.mark.usefixtures("worker")
def test_a_clock_that_is_far_from_the_databases_is_measured():
    with time_machine.travel(timezone.now() + timedelta(seconds=40), tick=False):
        says("clocks", "40 seconds apart", "time servers")


@pytest.fixture
def production(settings):
    settings.PRODUCTION = True
    settings.TRUSTED_PROXIES = 1
    settings.ALLOWED_HOSTS = ["codestax.example"]
    settings.RATE_LIMIT_PER_MINUTE = 600
    settings.MFA_REQUIRED = True
    settings.SECURE_SSL_REDIRECT = settings.SESSION_COOKIE_SECURE = True
    settings.CSRF_COOKIE_SECURE = settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    settings.SECURE_HSTS_PRELOAD, settings.SECURE_HSTS_SECONDS = True, 31_536_000
    return settings


@pytest.mark.usefixtures("worker", "production")
def test_documented_settings_of_production_are_no_problem():
    assert doctor() == ("Nothing is wrong.\n", 0)


@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("SESSION_COOKIE_SECURE", False, "SESSION_COOKIE_SECURE"),
        ("TRUSTED_PROXIES", 0, "TRUSTED_PROXIES is 0"),
        ("ALLOWED_HOSTS", ["*"], "ALLOWED_HOSTS is *"),
        ("MFA_REQUIRED", False, "MFA_REQUIRED is false"),
        ("RATE_LIMIT_PER_MINUTE", 0, "RATE_LIMIT_PER_MINUTE is 0"),
        ("JWT_SIGNING_KEY", "hunter2", "JWT_SIGNING_KEY has less than 32 bytes"),
    ],
)
def test_a_setting_that_weakens_production_is_named(production, name, value, said):
    setattr(production, name, value)

    assert "hunter2" not in says(said)


def test_many_rows_are_a_few_numbers_and_how_many_there_are():
    assert numbered("Scan", [3]) == "Scan 3"
    assert numbered("Scan", [9, 3]) == "Scans 3 and 9"
    assert numbered("Scan", range(1, 13)) == "Scans 1, 2, 3, 4 and 5 (12 in all)"


def test_a_problem_is_one_line():
    assert str(Problem("queue", "It waits.", "Go.")) == "queue: It waits. Go."
    assert str(Problem("queue", "It waits: go.")) == "queue: It waits: go."
