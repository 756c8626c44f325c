"""From a request to its entry, through the real authentication."""

import json

import pytest
from django.contrib.admin.sites import site
from django.urls import reverse

from audit.models import AuditLogSaaS
from orgs.models import User
from tests.factories import ApiKeyFactory, MembershipFactory, RepositoryFactory

pytestmark = pytest.mark.django_db


def test_a_request_with_a_key_is_one_entry_of_its_member(api_as, new_entries):
    key = ApiKeyFactory(membership__role="admin")
    entries = new_entries()

    response = api_as(key).post(
        reverse("api:repository-list"), {"name": "checkout"}, headers={"User-Agent": "pipeline/1"}
    )

    (entry,) = entries()
    assert response.status_code == 201
    assert (entry.action, entry.org) == ("REPOSITORY_CREATED", key.org_id)
    assert (entry.actor_email, entry.ip) == (key.membership.user.email, "127.0.0.1")
    assert (entry.user_agent, entry.metadata["api_key"]) == ("pipeline/1", key.prefix)
    assert key.text not in json.dumps(entry.metadata)
    assert entry.metadata["changes"][0]["after"]["name"] == "checkout"


def test_a_request_with_a_token_is_one_entry_of_its_user(api_as, new_entries):
    member = MembershipFactory(role="admin")
    entries = new_entries()
    client = api_as(member)

    client.post(reverse("api:repository-list"), {"name": "checkout"})

    (entry,) = entries()
    assert entry.actor_email == member.user.email
    assert "api_key" not in entry.metadata


def test_s27_a_new_keys_text_is_in_no_entry(api_as, new_entries):
    member = MembershipFactory(role="owner")
    entries = new_entries()

    made = api_as(member).post(reverse("api:key-list"), {"name": "ci", "role": "member"}).json()

    (entry,) = entries()
    secret = made["key"].split("_")[3]
    assert entry.action == "API_KEY_CREATED"
    assert secret not in json.dumps(entry.metadata)


@pytest.mark.parametrize(
    ("role", "body", "status"),
    [("viewer", {"name": "x"}, 403), ("admin", {"name": ""}, 400), ("admin", {}, 400)],
)
def test_s31_a_refused_request_leaves_no_entry(api_as, new_entries, role, body, status):
    member = MembershipFactory(role=role)
    entries = new_entries()

    response = api_as(member).post(reverse("api:repository-list"), body)

    assert response.status_code == status
    assert entries() == []


def test_s31_a_request_for_anothers_row_leaves_no_entry(api_as, new_entries):
    member, theirs = MembershipFactory(role="owner"), RepositoryFactory()
    entries = new_entries()

    response = api_as(member).delete(reverse("api:repository-detail", args=[theirs.pk]))

    assert response.status_code == 404
    assert entries() == []


@pytest.mark.django_db(transaction=True)
def test_s30_when_the_entry_cannot_be_written_the_request_fails_and_changes_nothing(
    api_as, log_that_refuses
):
    member = MembershipFactory(role="admin")
    client = api_as(member)
    client.raise_request_exception = False

    with log_that_refuses():
        response = client.post(reverse("api:repository-list"), {"name": "checkout"})

    assert response.status_code == 500
    assert not member.org.repositories.exists()


@pytest.fixture
def staff(client):
    user = User.objects.create(email="support@codestax.example", is_staff=True, is_superuser=True)
    client.force_login(user)
    return client


@pytest.fixture
def entry(db):
    return AuditLogSaaS.objects.create(org=7, action="PLAN_CHANGED", actor_email="ada@acme.example")


def test_a_change_in_the_admin_is_one_entry_of_the_staff_member(staff, new_entries):
    member = MembershipFactory(role="owner")
    entries = new_entries()

    response = staff.post(
        reverse("admin:orgs_user_change", args=[member.user.pk]),
        {"email": "new@acme.example", "is_active": "on"},
    )

    (written,) = entries()
    assert response.status_code == 302
    assert (written.actor_email, written.metadata["via"]) == ("support@codestax.example", "admin")
    assert written.metadata["changes"][0]["after"] == {"email": "new@acme.example"}


@pytest.mark.parametrize("query", ["", "?q=ada@acme", "?action=PLAN_CHANGED", "?q=plan_ch"])
def test_the_admin_lists_searches_and_filters_entries(staff, entry, query):
    page = staff.get(reverse("admin:audit_auditlogsaas_changelist") + query)

    assert page.status_code == 200
    assert entry in page.context["cl"].result_list


def test_the_admin_shows_an_entry_and_its_organization(staff, entry):
    detail = staff.get(reverse("admin:audit_auditlogsaas_change", args=[entry.pk]))
    listed = staff.get(reverse("admin:audit_auditlogsaas_changelist"))

    assert detail.status_code == 200
    assert "PLAN_CHANGED" in detail.text
    assert '<td class="field-organization_id">7</td>' in listed.text


def test_the_admin_neither_adds_nor_changes_nor_deletes_entries(staff, entry):
    change = reverse("admin:audit_auditlogsaas_change", args=[entry.pk])
    answers = [
        staff.get(reverse("admin:audit_auditlogsaas_add")),
        staff.post(reverse("admin:audit_auditlogsaas_add"), {"action": "FORGED"}),
        staff.post(change, {"action": "FORGED"}),
        staff.post(reverse("admin:audit_auditlogsaas_delete", args=[entry.pk]), {"post": "yes"}),
    ]

    assert [answer.status_code for answer in answers] == [403] * 4
    assert AuditLogSaaS.objects.get(pk=entry.pk).action == "PLAN_CHANGED"


def test_the_admin_has_no_action_on_entries(staff, entry, rf):
    request = rf.get("/admin/")
    request.user = User.objects.get(email="support@codestax.example")

    assert site.get_model_admin(AuditLogSaaS).get_actions(request) == {}
