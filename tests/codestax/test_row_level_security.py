"""The second wall by itself: policies, roles, and what a kept connection carries."""

import pytest
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db import ProgrammingError, connection, transaction
from django.test import Client
from psycopg import sql

from codestax import health
from codestax.common.tenancy import Scope, across_organizations, acting_for, of_user, scoped
from codestax.postgresql.privileges import excess, lack
from orgs.models import ApiKey, Membership, Organization
from scans.models import Repository
from tests.conftest import sign_in
from tests.factories import (
    ApiKeyFactory,
    MembershipFactory,
    OrganizationFactory,
    RepositoryFactory,
    UserFactory,
)
from tests.worlds import tenant_tables

pytestmark = pytest.mark.django_db

NOBODY = Scope()


def rows(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


def told():
    return rows("SELECT current_user, current_setting('app.org_id', true)")[0]


@pytest.mark.parametrize(
    ("table", "column"),
    [
        *tenant_tables(),
        ("orgs_signin", "user_id"),
        ("orgs_identity", "user_id"),
        ("orgs_usersession", "user_id"),
        ("mfa_authenticator", "user_id"),
    ],
)
def test_every_table_of_tenants_has_a_forced_policy_for_the_app_and_for_staff(table, column):
    forced = rows(
        "SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = %s::regclass",
        table,
    )
    policies = rows(
        "SELECT policyname, roles::text, cmd, with_check IS NOT NULL FROM pg_policies "
        "WHERE tablename = %s AND policyname <> 'own' ORDER BY 1",
        table,
    )

    assert forced == [(True,)]
    assert policies == [
        ("staff", "{codestax_staff}", "ALL", True),
        ("tenant", "{codestax_app}", "ALL", True),
    ]


def test_no_model_keeps_rows_of_an_organization_under_another_name():
    pointing = {
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.concrete_fields
        if field.name == "org" or field.related_model is Organization
    }

    assert pointing <= {table for table, _ in tenant_tables()}


@pytest.mark.parametrize(("table", "_"), tenant_tables())
def test_without_an_organization_no_row_is_shown(table, _):
    RepositoryFactory()
    ApiKeyFactory()

    with scoped(NOBODY), connection.cursor() as cursor:
        cursor.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table)))

        assert cursor.fetchall() == [(0,)]


def test_an_organization_sees_its_own_rows_alone():
    ours, theirs = RepositoryFactory(), RepositoryFactory()

    with acting_for(ours.org_id):
        assert list(Repository.objects.all()) == [ours]
        assert list(Organization.objects.all()) == [ours.org]
    with across_organizations():
        assert set(Repository.objects.all()) == {ours, theirs}


def test_rows_of_another_organization_are_neither_changed_nor_deleted():
    ours, theirs = OrganizationFactory(), RepositoryFactory(name="theirs")

    with acting_for(ours.pk), connection.cursor() as cursor:
        cursor.execute("UPDATE scans_repository SET name = 'x' WHERE id = %s", [theirs.pk])
        changed = cursor.rowcount
        cursor.execute("DELETE FROM scans_repository WHERE id = %s", [theirs.pk])
        deleted = cursor.rowcount

    theirs.refresh_from_db()
    assert (changed, deleted, theirs.name) == (0, 0, "theirs")


def test_a_row_for_another_organization_is_refused():
    ours, theirs = OrganizationFactory(), OrganizationFactory()

    with (
        pytest.raises(ProgrammingError, match="row-level security"),
        transaction.atomic(),
        acting_for(ours.pk),
    ):
        Repository.objects.create(org=theirs, name="planted")


def test_a_user_sees_the_own_memberships_and_sign_ins_wherever_they_are():
    user, other = UserFactory(), MembershipFactory()
    here, there = MembershipFactory(user=user), MembershipFactory(user=user)
    own, foreign = sign_in(user), sign_in(other.user)
    for one in (user, other.user):
        Client().force_login(one)

    with scoped(NOBODY), of_user(user.pk):
        assert set(Membership.objects.all()) == {here, there}
        assert set(Organization.objects.all()) == {here.org, there.org}
        assert rows("SELECT id FROM orgs_signin") == [(own.pk,)]
        assert rows("SELECT user_id FROM orgs_usersession") == [(user.pk,)]
    assert foreign.pk != own.pk


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_auditlogsaas SET action = 'x'",
        "DELETE FROM audit_auditlogsaas",
        "TRUNCATE audit_auditlogsaas",
        "DELETE FROM compliance_policyversion",
        "DELETE FROM orgs_organization",
        "DELETE FROM django_migrations",
        "ALTER TABLE scans_repository DISABLE ROW LEVEL SECURITY",
        "SELECT codestax_open('scans_repository')",
    ],
)
def test_the_app_may_not(statement):
    organization = OrganizationFactory()

    with (
        pytest.raises(ProgrammingError, match=r"denied|must be owner"),
        transaction.atomic(),
        acting_for(organization.pk),
    ):
        rows(statement)


def test_a_key_is_looked_up_by_its_public_id_and_no_other_way():
    key = ApiKeyFactory()

    with scoped(NOBODY):
        assert not ApiKey.objects.exists()
        assert len(rows("SELECT * FROM orgs_find_key(%s)", key.public_id)) == 1
        assert rows("SELECT * FROM orgs_find_key(%s)", "%") == []


# The session between statements, requests and transactions.


def test_a_kept_connection_shows_the_next_request_nothing_of_the_last_one(api_as, client):
    key = ApiKeyFactory()
    RepositoryFactory(org=key.org)
    api_as(key).get("/api/repos")
    carried = connection.connection.execute("SELECT current_setting('app.org_id')").fetchone()

    with scoped(NOBODY):
        seen = Repository.objects.count()

    assert carried == (str(key.org_id),)  # no statement of anybody's runs under it
    assert seen == 0


def test_a_request_runs_as_the_app_and_a_refused_key_enters_nothing(api_as, anonymous, monkeypatch):
    key = ApiKeyFactory()
    seen = []
    monkeypatch.setattr("orgs.api.authentication._record_use", lambda _: seen.append(told()))
    wrong = f"{key.text[:-10]}{'0' * 10}"

    api_as(key).get("/api/repos")
    refused = anonymous.get("/api/repos", headers={"X-API-Key": wrong})

    assert seen == [("codestax_app", str(key.org_id))]
    assert refused.status_code == 401


@pytest.mark.parametrize("path", ["/admin/", "/admin/login/", "/admin/orgs/organization/"])
def test_the_admin_sees_nobodys_rows_until_staff_has_signed_in(client, monkeypatch, path):
    client.force_login(MembershipFactory().user)
    roles = []
    monkeypatch.setattr(
        "django.contrib.admin.sites.AdminSite.has_permission",
        lambda *_: roles.append(told()[0]) or False,
    )

    client.get(path)

    assert set(roles) == {"codestax_app"}


def test_what_a_rolled_back_transaction_told_the_session_is_told_again():
    first, second = OrganizationFactory(), OrganizationFactory()

    with acting_for(first.pk):
        told()
        with transaction.atomic():
            with acting_for(second.pk):
                told()
            transaction.set_rollback(True)
        assert told() == ("codestax_app", str(first.pk))


def test_a_failed_statement_of_an_inner_scope_leaves_the_outer_one_whole():
    first, second = OrganizationFactory(), OrganizationFactory()

    with acting_for(first.pk):
        with (
            pytest.raises(ProgrammingError),
            transaction.atomic(),
            acting_for(second.pk),
        ):
            rows("SELECT nonsense")
        assert told() == ("codestax_app", str(first.pk))


@pytest.mark.django_db(transaction=True)
def test_a_new_connection_is_told_anew():
    organization = OrganizationFactory()

    with acting_for(organization.pk):
        told()
        connection.close()
        assert told() == ("codestax_app", str(organization.pk))
    connection.close()


# What the process says of its account, and of its database.


@pytest.fixture
def account():
    """What `excess` says of an account with these attributes; it is gone with the transaction."""

    def described(attributes, *more):
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE ROLE codestax_test_account {attributes}")
            cursor.execute("GRANT codestax_app TO codestax_test_account")
            for statement in more:
                cursor.execute(statement)
            cursor.execute("SET SESSION AUTHORIZATION codestax_test_account")
            try:
                return excess(cursor)
            finally:
                cursor.execute("RESET SESSION AUTHORIZATION")

    return described


@pytest.mark.parametrize(
    ("attributes", "more", "said"),
    [
        ("SUPERUSER", (), "is a superuser"),
        ("BYPASSRLS NOINHERIT", (), "has BYPASSRLS"),
        (
            "NOINHERIT",
            ("ALTER TABLE scans_scan OWNER TO codestax_test_account",),
            "owns the tables, or may become their owner",
        ),
        ("INHERIT", ("GRANT codestax_staff TO codestax_test_account",), "needs NOINHERIT"),
        ("NOINHERIT", ("ALTER ROLE codestax_app BYPASSRLS",), "codestax_app has BYPASSRLS"),
    ],
)
def test_an_account_that_nothing_would_bind_is_named(account, attributes, more, said):
    sentence = account(attributes, *more)

    assert said in sentence
    assert sentence.endswith("as README's Run it shows.")


def test_an_account_of_its_own_is_good(account):
    assert account("LOGIN NOINHERIT") == ""


def test_production_serves_on_no_connection_of_such_an_account(settings):
    settings.PRODUCTION, settings.DATABASE_ACCOUNT = True, "app"
    other = connection.copy()

    with pytest.raises(ImproperlyConfigured, match="is a superuser"):
        other.ensure_connection()

    assert other.connection is None


def test_a_table_that_the_app_may_not_read_is_named():
    rows_of = "REVOKE ALL ON scans_scan FROM codestax_app"
    with connection.cursor() as cursor:
        cursor.execute(rows_of)

        assert lack(cursor).startswith("codestax_app may not read scans_scan: run manage.py")
    assert "scans_scan" in health.hindrance()


def test_a_table_without_its_policy_is_named():
    with connection.cursor() as cursor:
        cursor.execute("SELECT codestax_open('scans_scan')")

        assert lack(cursor).startswith("No row-level security is forced on scans_scan: ")


@pytest.mark.django_db(transaction=True)
def test_a_role_that_is_missing_is_said():
    with scoped(Scope(role="codestax_no_such_role")):
        assert health.hindrance().startswith("The database refuses its account: ")
