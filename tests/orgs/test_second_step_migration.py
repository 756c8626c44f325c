"""The migration of the second step to django-allauth's table, and back."""

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor

from orgs.models import SecondFactor
from orgs.services import second_factor
from orgs.services.second_factor import Kind
from tests.factories import UserFactory
from tests.orgs.test_two_step import App

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

BEFORE, AFTER = "0007_identities", "0009_move_second_step"


def migrate(name):
    MigrationExecutor(connection).migrate([("orgs", name)])


def kept_before(user, secret, *, last_step=0):
    """A row as the release before writes it."""
    return SecondFactor.objects.create(
        user=user,
        secret=second_factor.Secrets().encrypt(secret).encode(),
        last_step=last_step,
        recovery_digests=["d" * 64],
    )


def spend(user, secret):
    with transaction.atomic():
        return second_factor.spend(user, App(secret, ()).code())


@pytest.fixture
def before():
    """The database of the release before."""
    newest = MigrationExecutor(connection).loader.graph.leaf_nodes("orgs")
    migrate(BEFORE)
    yield
    MigrationExecutor(connection).migrate(newest)


def test_apps_that_were_set_up_before_go_on(before):
    user, secret = UserFactory(), second_factor.new_secret()
    kept_before(user, secret)

    migrate(AFTER)

    assert spend(user, secret) is Kind.APP
    assert second_factor.recovery_codes_left(user) == 0


def test_codes_that_were_used_before_stay_used(before):
    user, secret = UserFactory(), second_factor.new_secret()
    kept_before(user, secret, last_step=2**40)

    migrate(AFTER)

    assert spend(user, secret) is None


def test_processes_of_the_release_before_still_ask_for_it(before):
    user = UserFactory()
    kept_before(user, second_factor.new_secret())

    migrate(AFTER)

    assert SecondFactor.objects.filter(user=user).exists()


def test_the_way_back_takes_what_was_changed_since(before):
    stays, ends, begins = UserFactory.create_batch(3)
    for user in (stays, ends):
        kept_before(user, second_factor.new_secret())
    migrate(AFTER)
    second_factor.end(ends)
    second_factor.begin(begins, second_factor.new_secret())

    migrate(BEFORE)

    assert set(SecondFactor.objects.values_list("user", flat=True)) == {stays.pk, begins.pk}
    assert SecondFactor.objects.get(user=stays).recovery_digests == ["d" * 64]
    assert not Authenticator.objects.exists()
