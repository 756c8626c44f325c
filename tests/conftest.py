from datetime import timedelta

import pytest
from django.conf import settings as django_settings
from django.db import connections, transaction
from django.db.backends.base.operations import BaseDatabaseOperations as DatabaseOperations
from django.template import engines
from django.test import override_settings
from django.utils import timezone
from rest_framework.test import APIClient

from bench.server import Accounts
from orgs.models import ApiKey, SignIn
from orgs.services import tokens
from tests.tables import migrated

IN_OTHER_PROCESSES = {"codestax", "drills", "faults"}
MEASURED_CASES = 6  # of each parameter; the later ones run the same lines


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """Files with slow tests come first: at the end there are small ones for every process.

    Coverage doubles what a test takes. It is not measured of slow ones and of a test's later cases,
    since the others say what is meant. It goes on where the work is done in other processes anyway.
    """
    slow = {item for item in items if item.get_closest_marker("slow")}
    for item in items:
        if item.path.parent.name not in IN_OTHER_PROCESSES and (item in slow or _is_late(item)):
            item.add_marker("no_cover")
    paths = {item.path for item in slow}
    items.sort(key=lambda item: item.path not in paths)


def _is_late(item):
    """Whether it is one of a test's later cases, by any of its parameters."""
    cases = item.callspec.indices.values() if hasattr(item, "callspec") else ()
    return any(case >= MEASURED_CASES for case in cases)


@pytest.fixture(scope="session", autouse=True)
def tags_of_templates():
    """Imported while coverage goes on: the first test that needs them may be a slow one."""
    assert engines.all()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix):
    """Each process copies the tables (tables.py), and has no migration left to do."""
    accounts = Accounts.found(django_settings.VAR_DIR)
    connections.settings["default"]["TEST"]["TEMPLATE"] = migrated(accounts)


@pytest.fixture(scope="session", autouse=True)
def static_files_are_looked_for_when_asked():
    """Each test client loads the middleware; to list all files then took a third of most tests."""
    with override_settings(WHITENOISE_AUTOREFRESH=True):
        yield


def sign_in(user):
    """A sign-in's row with good tokens, without the cost of a password."""
    return SignIn.objects.create(
        user=user,
        refresh_jti=tokens.new_jti(),
        expires_at=timezone.now() + timedelta(days=7),
    )


@pytest.fixture
def api_as():
    """A client that sends a key's text, a member's access token, or no credentials at all."""

    def client_of(who=None):
        if who is None:
            return APIClient()
        if isinstance(who, ApiKey):
            return APIClient(headers={"X-API-Key": who.text})
        access = tokens.issue(sign_in(who.user)).access
        return APIClient(headers={"Authorization": f"Bearer {access}", "X-Org": who.org.slug})

    return client_of


@pytest.fixture
def anonymous(api_as):
    return api_as()


@pytest.fixture(scope="module")
def rows_of_the_module(django_db_setup, django_db_blocker):
    """What fixtures of a module put in stays for all of its tests; each starts from it again.

    One transaction around the module, in which that of each test is a savepoint. For rows that take
    longer to make than to ask about.
    """
    with django_db_blocker.unblock():
        around = transaction.atomic()
        around.__enter__()
        yield
        transaction.set_rollback(True)
        around.__exit__(None, None, None)


# The triggers that refuse a TRUNCATE.
TRUNCATE_GUARDS = {
    "audit_auditlogsaas": "audit_entry_truncate",
    "audit_audithead": "audit_head_stays",
    "audit_auditcheckpoint": "audit_checkpoint_stays",
    "audit_audittrim": "audit_trim_stays",
}


@pytest.fixture(scope="session", autouse=True)
def tables_emptied_past_their_guards():
    """Tests that commit are followed by a TRUNCATE, which the audit log's triggers refuse.

    Off only for that statement: a test's own ones meet the triggers as in production.
    """
    plain = DatabaseOperations.execute_sql_flush
    off, on = (
        [f"ALTER TABLE {table} {verb} TRIGGER {name}" for table, name in TRUNCATE_GUARDS.items()]
        for verb in ("DISABLE", "ENABLE ALWAYS")
    )

    def execute_sql_flush(self, statements):
        plain(self, [*off, *statements, *on])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "execute_sql_flush", execute_sql_flush)
        yield
