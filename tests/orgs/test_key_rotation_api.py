from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from orgs.models import ApiKey
from tests.factories import ApiKeyFactory, MembershipFactory

pytestmark = pytest.mark.django_db


def rotate(key):
    return reverse("api:key-rotate", args=[key.pk])


@pytest.fixture
def admin():
    return MembershipFactory(role="admin")


def works(client, text):
    """Whether the key is let in."""
    return client.get(reverse("api:member-list"), headers={"X-API-Key": text}).status_code == 200


def test_rotation_without_overlap_ends_the_old_key(api_as, anonymous, admin, acts):
    old = ApiKeyFactory(membership=admin, name="CI", role="member")

    response = api_as(admin).post(rotate(old))

    shown = response.json()
    assert (response.status_code, response["Cache-Control"]) == (201, "no-store")
    assert (shown["name"], shown["role"]) == ("CI", "member")
    assert works(anonymous, shown["key"])
    assert not works(anonymous, old.text)
    assert acts == [("API_KEY_ROTATED", admin.org_id)]


def test_rotated_key_works_until_the_overlap_ends(api_as, anonymous, admin, time_machine):
    old = ApiKeyFactory(membership=admin)
    start = timezone.now()
    api_as(admin).post(rotate(old), {"overlap_hours": 2})

    time_machine.move_to(start + timedelta(minutes=119))
    before = works(anonymous, old.text)
    time_machine.move_to(start + timedelta(minutes=121))

    assert (before, works(anonymous, old.text)) == (True, False)


def test_overlap_does_not_lengthen_a_life(api_as, admin):
    soon = timezone.now() + timedelta(hours=1)
    old = ApiKeyFactory(membership=admin, expires_at=soon)

    api_as(admin).post(rotate(old), {"overlap_hours": 168})

    old.refresh_from_db()
    assert old.expires_at == soon


@pytest.mark.parametrize("end", [timedelta(days=90), timedelta(days=365 * 7900)])
def test_new_key_lives_as_long_as_the_old_one_was_to_live(api_as, admin, end):
    made = timezone.now() - timedelta(days=60)
    old = ApiKeyFactory(membership=admin, created_at=made, expires_at=made + end)

    shown = api_as(admin).post(rotate(old)).json()

    life = datetime.fromisoformat(shown["expires_at"]) - datetime.fromisoformat(shown["created_at"])
    assert abs(life - end) < timedelta(seconds=5)


def test_rotation_survives_a_key_that_never_expires_in_practice(api_as, admin):
    last = datetime(9999, 12, 31, 23, 59, tzinfo=UTC)
    old = ApiKeyFactory(membership=admin, expires_at=last)
    ApiKey.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=1))

    response = api_as(admin).post(rotate(old))

    assert response.status_code == 201
    assert response.json()["expires_at"].startswith("9999-12-31")


def test_rotated_key_acts_for_who_rotated_it(api_as, admin):
    old = ApiKeyFactory(membership=MembershipFactory(org=admin.org, role="member"))

    shown = api_as(admin).post(rotate(old)).json()

    assert shown["email"] == admin.user.email


def test_admin_gets_no_owner_key_by_rotation(api_as, admin):
    old = ApiKeyFactory(membership=MembershipFactory(org=admin.org, role="owner"))

    assert api_as(admin).post(rotate(old)).status_code == 403


@pytest.mark.parametrize("ended", ["revoked_at", "expires_at"])
def test_ended_key_is_not_rotated(api_as, admin, acts, ended):
    old = ApiKeyFactory(membership=admin, **{ended: timezone.now()})

    response = api_as(admin).post(rotate(old))

    assert response.status_code == 400
    assert response.json() == {"detail": "This key has ended: make a new one."}
    assert acts == []


@pytest.mark.parametrize("hours", [-1, 169, 1.5, "x", None, [1], 10**400])
def test_bad_overlap_is_refused(api_as, admin, hours):
    old = ApiKeyFactory(membership=admin)

    response = api_as(admin).post(rotate(old), {"overlap_hours": hours})

    assert response.status_code == 400
    assert response.json()["detail"].startswith("overlap_hours: ")
