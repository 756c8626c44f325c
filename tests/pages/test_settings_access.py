"""Who may change what in the settings, whose, and from where."""

import re
from dataclasses import dataclass, field

import pytest

from orgs.domain.roles import Role
from orgs.models import ApiKey, Membership
from tests.factories import ApiKeyFactory, MembershipFactory
from tests.pages.addresses import KEYS, MEMBERS, member_of, text_of

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Change:
    """A form of the settings that is accepted as it stands here; all take an admin."""

    path: str
    body: dict[str, str] = field(default_factory=dict)

    def __str__(self):
        return self.path.removeprefix("/dashboard/settings/")

    def send(self, browser, ids):
        return browser.post(self.path.format(**ids), self.body)


ON_ONE = [
    Change(MEMBERS + "/{member}/role", {"role": "member"}),
    Change(MEMBERS + "/{member}/remove"),
    Change(KEYS + "/{key}/rotate", {"overlap_hours": "0"}),
    Change(KEYS + "/{key}/revoke"),
]
CHANGES = [
    Change(MEMBERS, {"email": "new@example.com", "role": "viewer"}),
    Change(KEYS, {"name": "ci", "role": "viewer", "days": "90"}),
    *ON_ONE,
]


def rows_of(org):
    return (
        list(Membership.objects.of(org).order_by("pk").values_list("pk", "role")),
        list(ApiKey.objects.of(org).order_by("pk").values_list("pk", "expires_at", "revoked_at")),
    )


@pytest.fixture
def ids(owner):
    member = member_of(owner.org, "viewer")
    return {"member": member.pk, "key": ApiKeyFactory(membership=member).pk}


@pytest.mark.parametrize("role", [Role.ADMIN, Role.OWNER])
@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_an_admin_and_an_owner_may_change_the_settings(owner, page_as, ids, change, role):
    browser = page_as(member_of(owner.org, role))
    before = rows_of(owner.org)

    answer = change.send(browser, ids)

    assert answer.status_code in (200, 302)
    assert rows_of(owner.org) != before


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MEMBER])
@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_a_lower_role_is_refused_and_changes_nothing(owner, page_as, ids, change, role):
    browser = page_as(member_of(owner.org, role))
    before = rows_of(owner.org)

    assert change.send(browser, ids).status_code == 403
    assert rows_of(owner.org) == before


@pytest.mark.parametrize("change", ON_ONE, ids=str)
def test_another_organizations_member_or_key_is_the_404_page(owner, page_as, ids, change):
    stranger = page_as(MembershipFactory(role="owner"))
    before = rows_of(owner.org)

    answer = change.send(stranger, ids)

    assert answer.status_code == 404
    assert "There is no such page" in text_of(answer)
    assert rows_of(owner.org) == before


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_a_change_from_another_site_is_refused(owner, page_as, ids, change):
    before = rows_of(owner.org)

    answer = change.send(page_as(owner, enforce_csrf_checks=True), ids)

    assert answer.status_code == 403
    assert rows_of(owner.org) == before


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_reading_changes_nothing(owner, owners_page, ids, change):
    before = rows_of(owner.org)

    answer = owners_page.get(change.path.format(**ids), change.body)

    assert answer.status_code == (405 if change in ON_ONE else 200)
    assert rows_of(owner.org) == before


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MEMBER])
def test_who_may_not_change_is_offered_nothing_to_change(owner, page_as, role):
    browser = page_as(member_of(owner.org, role))

    page = text_of(browser.get(MEMBERS))

    assert re.findall(r'action="([^"]+)"', page) == ["/logout"]
    assert KEYS not in page
    assert browser.get(KEYS).status_code == 403
