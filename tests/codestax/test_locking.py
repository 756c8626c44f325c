"""Rows read and locked by hand are those that the ORM gives."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from audit.models import AuditLogSaaS
from audit.signals import AUDITED_FIELDS
from codestax.common.locking import locked_row
from compliance.models import ControlSelection, CustomFramework, FrameworkSelection
from compliance.services import set_disabled_controls, set_enabled_frameworks
from orgs.models import Membership, Organization, User
from tests.factories import (
    ApiKeyFactory,
    CustomFrameworkFactory,
    MembershipFactory,
    OrganizationFactory,
    RepositoryFactory,
    ScanFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db(transaction=True)


def a_row_of_each_audited_model():
    scan = ScanFactory(repository=RepositoryFactory(languages=["python", "go"]))
    key = ApiKeyFactory(membership=MembershipFactory(org=scan.org))
    set_enabled_frameworks(organization=scan.org, keys=["soc2"])
    set_disabled_controls(organization=scan.org, framework_key="soc2", disabled=["CC6.1"])
    CustomFrameworkFactory(org=scan.org)
    ids = {Organization: scan.org_id, Membership: key.membership_id, User: key.membership.user_id}
    return {model: ids.get(model) or model.objects.get().pk for model in AUDITED_FIELDS}


def everything(row):
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def test_a_locked_row_has_what_the_orm_reads():
    rows = a_row_of_each_audited_model()

    with transaction.atomic():
        locked = {model: locked_row(model, id=pk) for model, pk in rows.items()}

    for model, pk in rows.items():
        assert everything(locked[model]) == everything(model.objects.get(pk=pk))
        assert not locked[model]._state.adding
    assert {FrameworkSelection, ControlSelection, CustomFramework} <= locked.keys()


def test_a_row_is_found_by_all_of_its_columns():
    own, other = (CustomFrameworkFactory(key=key) for key in ("own", "other"))

    with transaction.atomic():
        assert locked_row(CustomFramework, org_id=own.org_id, key="own") == own
        assert locked_row(CustomFramework, org_id=own.org_id, key="other") is None
        assert locked_row(CustomFramework, org_id=other.org_id, key="other") == other


def on_another_connection(work):
    def run():
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result()


def test_who_changes_a_locked_row_waits_and_who_points_to_it_does_not():
    organization, user = OrganizationFactory(), UserFactory()

    def is_free():
        with transaction.atomic():
            rows = Organization.objects.select_for_update(no_key=True, skip_locked=True)
            return rows.filter(pk=organization.pk).exists()

    with transaction.atomic():
        locked_row(Organization, id=organization.pk)

        assert not on_another_connection(is_free)
        assert on_another_connection(lambda: MembershipFactory(org=organization, user=user)).pk
    assert on_another_connection(is_free)


@pytest.fixture
def selection():
    organization = OrganizationFactory()
    set_enabled_frameworks(organization=organization, keys=["soc2"])
    return FrameworkSelection.objects.get(org=organization)


def newest_change():
    (change,) = AuditLogSaaS.objects.first().metadata["changes"]
    return change["before"]["keys"], change["after"]["keys"]


def test_a_row_that_is_saved_right_after_its_lock_is_read_once(selection):
    with transaction.atomic(), CaptureQueriesContext(connection) as captured:
        row = locked_row(FrameworkSelection, id=selection.pk)
        row.keys = ["owasp"]
        row.save()

    locks = [query for query in captured if "FOR NO KEY UPDATE" in query["sql"]]
    assert len(locks) == 1
    assert newest_change() == (["soc2"], ["owasp"])


def test_a_change_in_place_is_recorded(selection):
    with transaction.atomic():
        row = locked_row(FrameworkSelection, id=selection.pk)
        row.keys.append("owasp")
        row.save()

    assert newest_change() == (["soc2"], ["soc2", "owasp"])


def test_what_a_save_replaces_is_what_came_between(selection):
    with transaction.atomic():
        row, other = (locked_row(FrameworkSelection, id=selection.pk) for _ in range(2))
        for one, keys in ((other, ["owasp"]), (row, ["iso27001"])):
            one.keys = keys
            one.save()

    assert newest_change() == (["owasp"], ["iso27001"])


def test_what_a_transaction_that_was_undone_read_counts_no_more(selection):
    with suppress(ZeroDivisionError), transaction.atomic():
        row = locked_row(FrameworkSelection, id=selection.pk)
        raise ZeroDivisionError
    on_another_connection(partial(set_enabled_frameworks, organization=selection.org, keys=[]))
    row.keys = ["owasp"]
    row.save()

    assert newest_change() == ([], ["owasp"])


def test_outside_a_transaction_nothing_is_locked():
    with pytest.raises(transaction.TransactionManagementError, match=r"transaction\.atomic"):
        locked_row(Organization, id=1)
