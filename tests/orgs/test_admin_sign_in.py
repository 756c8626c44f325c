"""The support pages' own sign-in: guarded and recorded like the dashboard's."""

import pytest
from django.test import Client

from audit.models import AuditLogSaaS
from audit.services import SYSTEM
from orgs.models import SignInFailure
from orgs.services.guessing import MAX_EMAILS_PER_ADDRESS, MAX_FAILURES_PER_EMAIL
from tests.factories import MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db

LOGIN, INDEX = "/admin/login/", "/admin/"
EMAIL, PASSWORD = "sam@codestax.example", "correct horse battery"
NEW = "staple under the bed"


@pytest.fixture
def staff():
    return UserFactory(email=EMAIL, password=PASSWORD, is_staff=True, is_superuser=True)


def sign_in(client, email=EMAIL, password=PASSWORD, **options):
    return client.post(LOGIN, {"username": email, "password": password}, **options)


def entries():
    rows = AuditLogSaaS.objects.exclude(actor_email=SYSTEM).order_by("pk")
    return list(rows.values_list("action", "actor_email", "metadata__via"))


def test_staff_sign_in_and_the_log_reads_it(client, staff):
    answer = sign_in(client, EMAIL.upper())

    assert (answer.status_code, answer["Location"]) == (302, INDEX)
    assert client.get(INDEX).status_code == 200
    assert entries() == [("SIGN_IN", EMAIL, "admin")]


@pytest.mark.parametrize("email", [EMAIL, "nobody@example.com"])
def test_a_wrong_password_is_counted_and_recorded(client, staff, email):
    answer = sign_in(client, email, "wrong")

    assert answer.status_code == 400
    assert "The email or the password is wrong." in answer.content.decode()
    assert SignInFailure.objects.count() == 1
    assert entries() == [("SIGN_IN_FAILED", email, "admin")]


def test_a_customer_is_answered_like_a_wrong_password(client):
    customer = MembershipFactory(user=UserFactory(email=EMAIL, password=PASSWORD))

    answer = sign_in(client)

    assert answer.status_code == 400
    assert "The email or the password is wrong." in answer.content.decode()
    assert "_auth_user_id" not in client.session
    assert AuditLogSaaS.objects.filter(action="SIGN_IN_FAILED").get().org == customer.org_id


def test_an_account_waits_after_ten_failures(client, staff):
    for number in range(MAX_FAILURES_PER_EMAIL):
        sign_in(client, password="wrong", REMOTE_ADDR=f"192.0.2.{number}")

    answer = sign_in(client)

    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 15 * 60
    assert "Too many failed sign-ins" in answer.content.decode()
    assert len(entries()) == MAX_FAILURES_PER_EMAIL


def test_an_address_waits_after_ten_accounts(client, staff):
    for number in range(MAX_EMAILS_PER_ADDRESS):
        sign_in(client, f"user{number}@example.com", "wrong")

    assert sign_in(client).status_code == 429
    assert sign_in(client, REMOTE_ADDR="192.0.2.1").status_code == 302


def test_failures_of_both_doors_count_together(client, staff):
    for _ in range(MAX_FAILURES_PER_EMAIL):
        client.post("/login", {"email": EMAIL, "password": "wrong"})

    assert sign_in(client).status_code == 429


@pytest.mark.parametrize(
    "email", ["", "x", "a\0b@example.com", "x" * 300, "a\r\nb@example.com", "é@example.com"]
)
def test_no_email_breaks_the_form(client, email):
    assert sign_in(client, email).status_code == 400


def test_a_sign_in_needs_the_forms_token(staff):
    assert sign_in(Client(enforce_csrf_checks=True)).status_code == 403


@pytest.mark.parametrize("address", ["//evil.example", "https:evil.example", "/\\evil.example"])
def test_a_sign_in_leads_to_no_other_site(client, staff, address):
    body = {"username": EMAIL, "password": PASSWORD, "next": address}

    assert "evil" not in client.post(LOGIN, body)["Location"]


def test_who_is_signed_in_is_led_on(client, staff):
    client.force_login(staff)

    assert client.get(LOGIN)["Location"] == INDEX


def test_a_sign_out_is_recorded(client, staff):
    client.force_login(staff)

    answer = client.post("/admin/logout/")

    assert answer.status_code == 200
    assert "_auth_user_id" not in client.session
    assert entries() == [("SIGN_OUT", EMAIL, "admin")]


def change(client, old=PASSWORD, new=NEW):
    body = {"old_password": old, "new_password1": new, "new_password2": new}
    return client.post("/admin/password_change/", body)


def test_staff_change_their_password_and_the_session_goes_on(client, staff):
    client.force_login(staff)

    answer = change(client)

    staff.refresh_from_db()
    assert (answer.status_code, answer["Location"]) == (302, "/admin/password_change/done/")
    assert staff.check_password(NEW)
    assert client.get(INDEX).status_code == 200
    assert entries() == [("PASSWORD_CHANGED", EMAIL, "admin")]


def test_nobody_guesses_a_password_through_an_open_session(client, staff):
    client.force_login(staff)
    refused = [change(client, old="wrong").status_code for _ in range(MAX_FAILURES_PER_EMAIL)]

    assert set(refused) == {400}
    assert change(client).status_code == 429
