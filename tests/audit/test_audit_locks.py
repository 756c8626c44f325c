"""Which rows a change and its record lock: those that change, not their organization."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction
from django.utils import timezone

from orgs.models import Organization
from orgs.services.keys import rotate_key
from tests.factories import ApiKeyFactory, MembershipFactory

pytestmark = pytest.mark.django_db(transaction=True)


def is_free(organization):
    """Whether another connection gets the lock that a change of its policy takes."""

    def lock():
        try:
            with transaction.atomic():
                rows = Organization.objects.select_for_update(no_key=True, skip_locked=True)
                return rows.filter(pk=organization.pk).exists()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lock).result()


def test_a_change_of_a_key_does_not_lock_its_organization():
    key = ApiKeyFactory()

    with transaction.atomic():
        key.revoked_at = timezone.now()
        key.save()

        assert is_free(key.org)


def test_a_rotation_of_a_key_does_not_lock_its_organization():
    key = ApiKeyFactory(membership=MembershipFactory(role="owner"))

    with transaction.atomic():
        rotate_key(acting=key.membership, key=key)

        assert is_free(key.org)


def test_a_change_of_a_membership_does_not_lock_its_organization():
    membership = MembershipFactory(role="viewer")

    with transaction.atomic():
        membership.role = "admin"
        membership.save()

        assert is_free(membership.org)
