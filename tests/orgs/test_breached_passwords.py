"""BREACHED_PASSWORDS_FILE: passwords that are in a public list are nobody's."""

import hashlib

import pytest
from django.core.management import CommandError, call_command

from codestax.doctor.rounds import examine
from orgs.models import Organization
from tests.factories import MembershipFactory, UserFactory
from tests.pages.test_passwords import ask, follow, link_in_mail

pytestmark = pytest.mark.django_db

EMAIL, OLD = "ada@example.com", "correct horse battery"
BREACHED, OTHER = "staple under the bed", "staple above the bed"
VALIDATOR = "orgs.services.breached_passwords.BreachedPasswordsValidator"


def line_of(password):
    return f"{hashlib.sha1(password.encode()).hexdigest().upper()}:3\r\n"  # noqa: S324 - as listed


@pytest.fixture
def file(settings, tmp_path):
    """A list with one password among others, as the settings add it."""
    path = tmp_path / "pwnedpasswords.txt"
    path.write_bytes("".join(sorted(map(line_of, [BREACHED, *map(str, range(500))]))).encode())
    settings.BREACHED_PASSWORDS_FILE = str(path)
    settings.AUTH_PASSWORD_VALIDATORS = [
        *settings.AUTH_PASSWORD_VALIDATORS,
        {"NAME": VALIDATOR, "OPTIONS": {"path": str(path)}},
    ]
    return path


@pytest.fixture
def ada(client):
    member = MembershipFactory(user=UserFactory(email=EMAIL, password=OLD, is_staff=True))
    client.force_login(member.user)
    return member


def change(browser, new, page="/password/change"):
    body = {"old_password": OLD, "new_password1": new, "new_password2": new}
    return browser.post(page, body)


@pytest.mark.parametrize("page", ["/password/change", "/admin/password_change/"])
@pytest.mark.usefixtures("file")
def test_a_breached_password_is_refused_where_it_is_changed(client, ada, page):
    refused, taken = (change(client, new, page) for new in (BREACHED, OTHER))

    assert "public list of breached ones" in refused.content.decode()
    assert taken.status_code == 302
    ada.user.refresh_from_db()
    assert ada.user.check_password(OTHER)


@pytest.mark.usefixtures("file", "ada")
def test_a_breached_password_is_refused_by_a_link(client):
    ask(client)
    form = follow(client, link_in_mail())

    answers = [
        client.post(form, {"new_password1": new, "new_password2": new}).status_code
        for new in (BREACHED, OTHER)
    ]

    assert answers == [400, 302]


@pytest.mark.usefixtures("file")
def test_a_breached_password_is_refused_by_a_command():
    told = ("bootstrap_org", "--name=Acme", "--email=o@acme.example", "--password")

    with pytest.raises(CommandError, match="public list"):
        call_command(*told, BREACHED)

    assert not Organization.objects.exists()


def test_a_list_may_be_replaced_while_the_product_runs(client, ada, file):
    new = file.with_suffix(".new")
    new.write_text(line_of(OTHER), newline="")
    new.replace(file)

    assert [change(client, password).status_code for password in (OTHER, BREACHED)] == [400, 302]


@pytest.mark.parametrize("damage", ["gone", "other"])
def test_while_the_list_cannot_be_searched_no_password_is_taken(client, ada, file, caplog, damage):
    file.unlink() if damage == "gone" else file.write_text("no list\n")

    answer = change(client, OTHER)

    assert answer.status_code == 400
    assert "cannot be checked just now" in answer.content.decode()
    assert "BREACHED_PASSWORDS_FILE cannot be searched" in caplog.text
    assert OTHER not in caplog.text
    assert str(file) not in caplog.text


def sign_in_problems():
    return [problem for problem in examine() if problem.area == "sign-in"]


@pytest.mark.usefixtures("file")
def test_the_doctor_has_nothing_to_say_of_a_good_list():
    assert sign_in_problems() == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read"),
        ("", "is empty"),
        ("8846F7EAEE8FB117AD06BDD830B7586C:3\n", "has a line that is no SHA-1"),
        (f"{'F' * 40}:1\n{'0' * 40}:1\n", "is not sorted"),
    ],
    ids=["gone", "empty", "ntlm", "unsorted"],
)
def test_the_doctor_says_what_is_wrong_with_a_list(file, content, said):
    file.unlink() if content is None else file.write_text(content)

    (found,) = sign_in_problems()

    assert f"BREACHED_PASSWORDS_FILE {said}" in found.sentence
    assert "haveibeenpwned-downloader" in found.remedy
