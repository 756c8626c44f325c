"""The API keys' page of the settings."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from orgs.models import ApiKey
from tests.factories import ApiKeyFactory
from tests.pages.addresses import KEYS, member_of, text_of

KEY_TEXT = re.compile(r"cpl_test_\w{10}_\w{43}_\w{6}")

pytestmark = pytest.mark.django_db


def new_key(browser, **fields):
    return browser.post(KEYS, {"name": "ci", "role": "member", "days": "90"} | fields)


def test_a_new_key_is_shown_once_and_works(owner, owners_page, api_as, log):
    answer = new_key(owners_page)

    texts = set(KEY_TEXT.findall(text_of(answer)))
    assert len(texts) == 1
    assert "no-store" in answer["Cache-Control"]
    assert Client().get("/api/repos", headers={"X-API-Key": texts.pop()}).status_code == 200
    assert KEY_TEXT.search(text_of(owners_page.get(KEYS))) is None
    assert log() == [("API_KEY_CREATED", owner.org_id)]


@pytest.mark.parametrize(("days", "left"), [("30", 30), ("365", 365)])
def test_a_key_ends_after_the_chosen_time(owner, owners_page, days, left):
    new_key(owners_page, days=days)

    ends = ApiKey.objects.of(owner.org).get().expires_at
    assert abs(ends - timezone.now() - timedelta(days=left)) < timedelta(minutes=1)


def test_a_key_without_expiry_has_none(owner, owners_page):
    new_key(owners_page, days="0")

    assert ApiKey.objects.of(owner.org).get().expires_at is None


@pytest.mark.parametrize(
    "fields", [{"name": ""}, {"name": "x" * 101}, {"role": "king"}, {"days": "-1"}, {"days": ""}]
)
def test_a_bad_key_is_refused_and_none_is_made(owner, owners_page, fields):
    assert new_key(owners_page, **fields).status_code == 400
    assert ApiKey.objects.of(owner.org).count() == 0


def test_a_key_above_ones_own_role_is_refused(owner, page_as):
    admin = member_of(owner.org, "admin")

    assert new_key(page_as(admin), role="owner").status_code == 403
    assert ApiKey.objects.of(owner.org).count() == 0


def test_a_rotated_key_is_shown_once_and_the_old_one_ends_after_the_overlap(
    owner, owners_page, log
):
    old = ApiKeyFactory(membership=owner, role="member")

    answer = owners_page.post(f"{KEYS}/{old.pk}/rotate", {"overlap_hours": "24"})

    old.refresh_from_db()
    assert len(set(KEY_TEXT.findall(text_of(answer)))) == 1
    assert "no-store" in answer["Cache-Control"]
    assert abs(old.expires_at - timezone.now() - timedelta(days=1)) < timedelta(minutes=1)
    assert log() == [("API_KEY_ROTATED", owner.org_id)]


@pytest.mark.parametrize("hours", ["", "x", "-1", "169"])
def test_an_overlap_that_is_not_offered_is_a_400(owner, owners_page, hours):
    key = ApiKeyFactory(membership=owner)

    answer = owners_page.post(f"{KEYS}/{key.pk}/rotate", {"overlap_hours": hours})

    assert answer.status_code == 400
    assert ApiKey.objects.of(owner.org).count() == 1


def test_an_ended_key_is_not_rotated(owner, owners_page):
    key = ApiKeyFactory(membership=owner, revoked_at=timezone.now())

    answer = owners_page.post(f"{KEYS}/{key.pk}/rotate", {"overlap_hours": "0"})

    assert answer.status_code == 400
    assert "This key has ended: make a new one." in text_of(answer)


def test_a_key_is_revoked(owner, owners_page, api_as, log):
    key = ApiKeyFactory(membership=owner)

    owners_page.post(f"{KEYS}/{key.pk}/revoke")

    assert api_as(key).get("/api/repos").status_code == 401
    assert log() == [("API_KEY_REVOKED", owner.org_id)]


def test_the_keys_page_asks_as_much_for_one_key_as_for_fifty(
    owner, owners_page, django_assert_num_queries
):
    for _ in range(50):
        ApiKeyFactory(membership=owner)

    with django_assert_num_queries(4):  # session, user, memberships, keys
        page = text_of(owners_page.get(KEYS))

    assert page.count("/revoke") == 50


def test_an_ended_key_says_so_and_offers_nothing(owner, owners_page):
    ApiKeyFactory(membership=owner, revoked_at=timezone.now())
    ApiKeyFactory(membership=owner, expires_at=timezone.now() - timedelta(days=1))

    page = text_of(owners_page.get(KEYS))

    assert ("revoked" in page, "expired" in page) == (True, True)
    assert "/rotate" not in page
