"""What a password may be, and how it is asked for (OWASP ASVS 5.0.0, chapter 6)."""

import random
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from codestax.common.context import current_request
from orgs.models import User
from orgs.pages.passwords import PasswordReset, PasswordResetConfirm
from orgs.services import mails, second_factor
from tests.factories import MembershipFactory, OrganizationFactory, UserFactory

pytestmark = pytest.mark.django_db

EMAIL, OLD = "ada@example.com", "correct horse battery"
STATIC = Path(__file__).parents[2] / "codestax/static/codestax"
PAGES = ["/login", "/password/change", "/admin/login/"]


@pytest.fixture
def ada():
    user = UserFactory(email=EMAIL, password=OLD)
    return MembershipFactory(user=user, org__name="Globex of the North")


def signed_in(user):
    browser = Client()
    browser.force_login(user)
    return browser


def change(member, new):
    body = {"old_password": OLD, "new_password1": new, "new_password2": new}
    return signed_in(member.user).post("/password/change", body).status_code


def signs_in(password):
    answer = APIClient().post(reverse("api:token"), {"email": EMAIL, "password": password})
    return answer.status_code == 200


def mailed_link(user, rf):
    token = current_request.set(rf.get("/"))
    text = mails.password_reset(user).body
    current_request.reset(token)
    return re.search(r"http://testserver(/\S+)", text)[1]


def link_for(user, rf):
    """The address of the form that a mail's link leads to, and the browser that followed it."""
    browser = Client()
    return browser, browser.get(mailed_link(user, rf))["Location"]


@pytest.mark.parametrize(("new", "status"), [("xk3!vw9", 400), ("xk3!vw9q", 302)])
def test_a_password_has_eight_characters_at_least(ada, new, status):
    assert change(ada, new) == status


@pytest.mark.parametrize("length", [64, 128, 1024])
def test_a_long_password_is_taken_and_counts_to_its_last_character(ada, length):
    new = "aX7 " * (length // 4 - 1) + "last"

    assert change(ada, new) == 302
    assert signs_in(new)
    assert not signs_in(new[:-1])


@pytest.mark.parametrize(
    "new",
    [
        "correct horse staple",
        "8364017295",
        "ÜBERGRÖSSENTRÄGER",
        "🔑" * 8,
        "  two  spaces  ",
    ],
)
def test_a_password_may_be_of_any_characters(ada, new):
    assert change(ada, new) == 302
    assert signs_in(new)


@pytest.mark.parametrize("other", ["Correct Horse Battery", f" {OLD}", f"{OLD} ", OLD[:-1]])
def test_a_password_is_compared_as_it_was_typed(ada, other):
    assert not signs_in(other)


def test_the_common_passwords_that_are_refused_are_more_than_three_thousand():
    long_enough = [word for word in CommonPasswordValidator().passwords if len(word) >= 8]

    assert len(long_enough) > 3000


@pytest.mark.parametrize("new", ["password1", "iloveyou", "qwertyuiop", "PASSWORD1"])
def test_a_common_password_is_refused(ada, new):
    assert change(ada, new) == 400


@pytest.mark.parametrize(
    "new",
    ["codestax-2026", "Compliance2026!", "CodeStaxCompliance", "globex2026", "NorthGlobex!1"],
)
def test_a_password_of_the_products_or_the_organizations_name_is_refused(ada, new):
    assert change(ada, new) == 400


@pytest.mark.parametrize("new", ["globex staple battery", "of the of the", "north wind and sun"])
def test_such_words_may_stand_in_a_long_enough_password(ada, new):
    assert change(ada, new) == 302


def test_a_reset_refuses_what_a_change_refuses(ada, rf):
    browser, form = link_for(ada.user, rf)

    answer = browser.post(form, {"new_password1": "globex2026", "new_password2": "globex2026"})

    assert answer.status_code == 400


def test_a_password_of_years_ago_is_still_good(ada, time_machine):
    time_machine.move_to(timezone.now() + timedelta(days=3650))

    assert signs_in(OLD)


@pytest.mark.parametrize("path", PAGES)
def test_a_password_is_masked_and_offered_to_password_managers(ada, path):
    page = signed_in(ada.user).get(path) if path == PAGES[1] else Client().get(path)

    fields = re.findall(r"<input[^>]*password[^>]*>", page.content.decode())
    assert fields
    assert [field for field in fields if 'type="password"' not in field] == []
    assert [f for f in fields if not re.search(r'autocomplete="(current|new)-password"', f)] == []


def test_no_script_stands_in_the_way_of_pasting():
    scripts = "".join(path.read_text("utf-8") for path in STATIC.rglob("*.?js"))

    assert scripts
    assert re.findall(r"[\"']paste[\"']|onpaste", scripts) == []


def test_nobody_is_asked_for_a_hint_or_a_secret_answer():
    asked = {*PasswordReset.form_class.base_fields, *PasswordResetConfirm.form_class.base_fields}

    assert asked == {"email", "new_password1", "new_password2", "revoke_keys"}


def test_a_new_installation_has_no_account():
    assert not User.objects.exists()


def test_no_command_makes_a_password_up(capsys):
    org = OrganizationFactory(slug="acme")

    call_command("bootstrap_org", "--name=Other", "--email=o@acme.example")
    call_command("create_api_key", "--org=acme", "--email=ci@acme.example", "--role=member")
    call_command("support_staff", "--email=sam@codestax.example")
    call_command("password_link", "--email=sam@codestax.example")

    named = re.findall(r"^.*password.*$", capsys.readouterr().out, re.MULTILINE)
    assert [user.email for user in User.objects.all() if user.has_usable_password()] == []
    assert org.memberships.count() == 1
    assert len(named) == 2
    assert all(line.startswith("set_password: http://127.0.0.1:8000/password/") for line in named)


def test_first_passwords_of_the_admin_are_none(client):
    client.force_login(UserFactory(is_staff=True, is_superuser=True))

    client.post("/admin/orgs/user/add/", {"email": "new@acme.example", "is_active": "on"})

    assert not User.objects.get(email="new@acme.example").has_usable_password()


def test_a_reset_password_alone_does_not_pass_the_second_step(ada, rf):
    second_factor.begin(ada.user, second_factor.new_secret())
    browser, form = link_for(ada.user, rf)
    new = "staple under the bed"

    browser.post(form, {"new_password1": new, "new_password2": new})
    answer = browser.post("/login", {"email": EMAIL, "password": new})

    assert answer["Location"].startswith("/login/code")
    assert browser.get("/dashboard/settings").status_code == 302


def test_a_link_of_a_mail_ends_after_a_day(ada, rf, time_machine):
    now = timezone.now()
    time_machine.move_to(now, tick=False)
    link = mailed_link(ada.user, rf)

    answers = []
    for seconds in (0, 1):
        time_machine.move_to(now + timedelta(hours=24, seconds=seconds), tick=False)
        answers.append(Client().get(link).status_code)  # a good one leads on to its form

    assert answers == [302, 200]


def test_secrets_of_the_second_step_are_of_no_seeded_generator(ada):
    made = []
    for _ in range(2):
        random.seed(7)
        made.append([second_factor.new_secret(), *second_factor.begin(ada.user, "A" * 32)])
        second_factor.end(ada.user)

    assert not set(made[0]) & set(made[1])


def test_a_recovery_code_has_twelve_digits(ada):
    codes = second_factor.begin(ada.user, second_factor.new_secret())

    assert [code for code in codes if not re.fullmatch(r"\d{4}-\d{4}-\d{4}", code)] == []
    assert len(set(codes)) == 10
