"""Two-step sign-in: codes of an app and recovery codes, at every door."""

import base64
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from allauth.mfa.models import Authenticator
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from audit.models import AuditLogSaaS
from audit.services import SYSTEM
from codestax.doctor.rounds import examine
from orgs.services import second_factor, tokens
from orgs.services.guessing import MAX_FAILURES_PER_EMAIL
from tests.conftest import sign_in
from tests.factories import ApiKeyFactory, MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db

EMAIL, PASSWORD = "ada@example.com", "correct horse battery"
SETTINGS, SET_UP, OFF, CODES, REQUIRED = (
    "/dashboard/settings",
    "/two-step",
    "/two-step/off",
    "/two-step/recovery-codes",
    "/two-step/required",
)
LOGIN, CODE, ADMIN = "/login", "/login/code", "/admin/login/"
TOKEN, REFRESH, MEMBERS = (
    reverse(f"api:{name}") for name in ("token", "token-refresh", "member-list")
)
NOW = timezone.now().replace(year=2030, second=0, microsecond=0)


@pytest.fixture(autouse=True)
def clock(time_machine):
    """Stands still, so that a code is the code of now until a test moves it."""
    time_machine.move_to(NOW, tick=False)
    return time_machine


@pytest.fixture
def ada():
    user = UserFactory(email=EMAIL, password=PASSWORD, is_staff=True, is_superuser=True)
    return MembershipFactory(user=user, role="owner")


class App:
    """An authenticator app, by the library and not by our code, and the recovery codes."""

    def __init__(self, secret, recovery):
        self._totp = TOTP(base64.b32decode(secret), 6, SHA1(), 30)  # noqa: S303
        self.secret, self.recovery = secret, recovery

    def code(self, *, ago=0):
        return self._totp.generate(int(timezone.now().timestamp()) - ago).decode()


def signed_in(member):
    browser = Client()
    browser.force_login(member.user)
    return browser


def shown_secret(page):
    text = page.content.decode()
    hidden = re.search(r'name="secret" value="([^"]+)"', text)[1]
    return hidden, re.search(r'class="secret">([A-Z2-7]+)<', text)[1]


def set_up(browser, **changes):
    """What the page answers when the app's first code is sent; the app."""
    hidden, secret = shown_secret(browser.get(SET_UP))
    app = App(secret, ())
    form = {"secret": hidden, "password": PASSWORD, "code": app.code()}
    answer = browser.post(SET_UP, form | changes)
    app.recovery = shown_codes(answer)
    return answer, app


def shown_codes(page):
    return re.findall(r"<code>([\w-]+)</code>", page.content.decode())


def text_of(page):
    """As it is read, in one line."""
    return " ".join(page.content.decode().split())


@pytest.fixture
def app(ada, clock):
    """Ada's app, some time after it was set up."""
    secret = second_factor.new_secret()
    made = App(secret, second_factor.begin(ada.user, secret))
    clock.move_to(NOW + timedelta(minutes=5), tick=False)
    return made


def log():
    rows = AuditLogSaaS.objects.exclude(actor_email=SYSTEM).order_by("pk")
    return list(rows.values_list("action", flat=True))


def is_signed_in(browser):
    return browser.get(SETTINGS).status_code == 200


# Setting it up.


def test_an_open_session_alone_sets_nothing_up(ada):
    answer, _ = set_up(signed_in(ada), password="wrong")

    assert answer.status_code == 400
    assert "The present password is wrong." in text_of(answer)
    assert not Authenticator.objects.exists()
    assert log() == ["SIGN_IN_FAILED"]


def test_a_password_is_guessed_at_ten_times_on_these_pages_too(ada, app):
    browser = signed_in(ada)
    form = {"password": "wrong", "code": app.code()}

    statuses = [browser.post(page, form).status_code for page in [OFF, CODES] * 6]

    assert statuses == [400] * MAX_FAILURES_PER_EMAIL + [429] * 2
    assert second_factor.is_on(ada.user)


@pytest.mark.parametrize("page", [OFF, CODES])
def test_a_code_alone_changes_nothing_in_an_open_session(ada, app, page):
    answer = signed_in(ada).post(page, {"password": "wrong", "code": app.code()})

    assert answer.status_code == 400
    assert second_factor.is_on(ada.user)
    assert second_factor.spend(ada.user, app.code()) is not None  # and uses no code up


def test_an_app_is_set_up_with_its_first_code_and_recovery_codes_are_shown(ada):
    answer, app = set_up(signed_in(ada))

    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    assert len(set(app.recovery)) == 10
    assert log() == ["MFA_ENABLED"]


def test_the_code_of_the_set_up_is_used_up(ada):
    _, app = set_up(signed_in(ada))
    body = {"email": EMAIL, "password": PASSWORD, "otp": app.code()}

    assert APIClient().post(TOKEN, body).status_code == 401


def test_the_page_shows_the_secret_as_a_picture_of_our_own(ada):
    text = signed_in(ada).get(SET_UP).content.decode()

    assert re.search(r'<img src="data:image/svg\+xml[^"]+" alt="QR code', text)
    assert not Authenticator.objects.exists()


@pytest.mark.parametrize(
    "changes", [{"code": "000000"}, {"code": ""}, {"code": "x" * 33}, {"code": "é"}]
)
def test_without_the_right_code_nothing_is_set_up(ada, changes):
    answer, _ = set_up(signed_in(ada), **changes)

    assert answer.status_code == 400
    assert not Authenticator.objects.exists()


@pytest.mark.parametrize("secret", ["", "JBSWY3DPEHPK3PXP", "a:b:c"])
def test_a_secret_that_the_page_did_not_give_is_not_taken(ada, secret):
    set_up(signed_in(ada), secret=secret)

    assert not Authenticator.objects.exists()


def test_the_secret_of_somebody_elses_page_is_not_taken(ada):
    theirs, _ = shown_secret(signed_in(MembershipFactory()).get(SET_UP))

    set_up(signed_in(ada), secret=theirs)

    assert not Authenticator.objects.exists()


def test_what_is_kept_tells_neither_the_secret_nor_a_recovery_code(ada, app):
    kept = repr(list(Authenticator.objects.values()))

    assert app.secret not in kept
    assert [code for code in app.recovery if code in kept or code.replace("-", "") in kept] == []


def test_s14_all_that_came_in_without_it_ends_and_this_session_goes_on(ada):
    elsewhere, here = signed_in(ada), signed_in(ada)
    refresh = tokens.issue(sign_in(ada.user)).refresh
    key = ApiKeyFactory(membership=ada)

    set_up(here, revoke_keys="on")

    assert (is_signed_in(here), is_signed_in(elsewhere)) == (True, False)
    assert APIClient().post(REFRESH, {"refresh": refresh}).status_code == 401
    assert APIClient(headers={"X-API-Key": key.text}).get(MEMBERS).status_code == 401


def test_s14_what_others_hold_goes_on(ada):
    other = MembershipFactory(org=ada.org)
    theirs, key = signed_in(other), ApiKeyFactory(membership=other)

    set_up(signed_in(ada), revoke_keys="on")

    assert is_signed_in(theirs)
    assert APIClient(headers={"X-API-Key": key.text}).get(MEMBERS).status_code == 200


def test_a_stranger_sets_nothing_up(client):
    assert client.get(SET_UP)["Location"] == "/login?next=/two-step"


# Signing in.


def give_password(browser, door=LOGIN):
    name = "username" if door == ADMIN else "email"
    return browser.post(door, {name: EMAIL, "password": PASSWORD})


@pytest.mark.parametrize(("door", "index"), [(LOGIN, "/dashboard/compliance"), (ADMIN, "/admin/")])
def test_a_password_alone_opens_no_door(client, ada, app, door, index):
    first = give_password(client, door)
    before = client.get(index).status_code
    second = client.post(first["Location"], {"code": app.code()})

    assert first["Location"].startswith(f"{CODE}?next=")
    assert before == 302
    assert second["Location"] == index
    assert client.get(index).status_code == 200
    assert log() == ["SIGN_IN"]


@pytest.mark.parametrize("spell", [str, lambda code: code.replace("-", " ")])
def test_a_recovery_code_is_good_once_however_it_is_written(client, ada, app, spell):
    answers = []
    for _ in range(2):
        client.logout()
        give_password(client)
        answers.append(client.post(CODE, {"code": spell(app.recovery[3])}).status_code)

    assert answers == [302, 400]
    assert log() == ["MFA_RECOVERY_CODE_USED", "SIGN_IN", "MFA_FAILED"]


def test_a_code_of_the_app_is_good_once(ada, app):
    answers = []
    for _ in range(2):
        browser = Client()
        give_password(browser)
        answers.append(browser.post(CODE, {"code": app.code()}).status_code)

    assert answers == [302, 400]


def test_an_older_code_is_no_good_after_a_newer_one(ada, app):
    answers = []
    for ago in (0, 30):
        browser = Client()
        give_password(browser)
        answers.append(browser.post(CODE, {"code": app.code(ago=ago)}).status_code)

    assert answers == [302, 400]


@pytest.mark.parametrize(
    ("tolerance", "good"), [(0, [0]), (1, [30, 0, -30])], ids=["by default", "where it is set"]
)
@pytest.mark.parametrize("ago", [60, 30, 0, -30, -60])
def test_only_the_present_steps_code_is_good_or_one_step_around_it(
    settings, app, tolerance, good, ago
):
    settings.MFA_TOTP_TOLERANCE = tolerance
    browser = Client()
    give_password(browser)

    is_in = browser.post(CODE, {"code": app.code(ago=ago)}).status_code == 302

    assert is_in == (ago in good)


@pytest.mark.parametrize(("later", "status"), [(0, 302), (29, 302), (30, 400)])
def test_a_code_lives_for_the_thirty_seconds_of_its_step(settings, app, clock, later, status):
    settings.MFA_TOTP_TOLERANCE = 0
    browser = Client()
    give_password(browser)
    code = app.code()

    clock.shift(timedelta(seconds=later))

    assert browser.post(CODE, {"code": code}).status_code == status


@pytest.mark.parametrize(("tolerance", "ago", "status"), [(0, 30, 400), (0, 0, 200), (1, 30, 200)])
def test_the_first_code_of_the_set_up_lives_as_long(ada, settings, tolerance, ago, status):
    settings.MFA_TOTP_TOLERANCE = tolerance
    browser = signed_in(ada)
    hidden, secret = shown_secret(browser.get(SET_UP))
    code = App(secret, ()).code(ago=ago)

    answer = browser.post(SET_UP, {"secret": hidden, "password": PASSWORD, "code": code})

    assert answer.status_code == status
    assert ("take the next one" in text_of(answer)) == (status == 400)


def test_a_wrong_code_is_counted_and_recorded_and_says_so(client, ada, app):
    give_password(client)

    answer = client.post(CODE, {"code": "000000"})

    assert answer.status_code == 400
    assert "The code is wrong, or was used before." in text_of(answer)
    assert "take the next one, and look at the clock of its device" in text_of(answer)
    assert log() == ["MFA_FAILED"]
    assert not is_signed_in(client)


def test_s15_codes_are_guessed_at_ten_times_whatever_is_done_between(ada, app):
    for number in range(MAX_FAILURES_PER_EMAIL):
        browser = Client(REMOTE_ADDR=f"192.0.2.{number}")
        give_password(browser)
        browser.post(CODE, {"code": "000000"})
    give_password(browser)

    page = browser.post(CODE, {"code": app.code()})
    body = {"email": EMAIL, "password": PASSWORD, "otp": app.code()}
    api = APIClient(REMOTE_ADDR="198.51.100.1").post(TOKEN, body)

    assert (page.status_code, api.status_code) == (429, 429)
    assert 0 < int(page["Retry-After"]) <= 15 * 60 + 1


def test_the_second_step_has_to_follow_the_first(client, ada, app, clock):
    without = client.post(CODE, {"code": app.code()})
    give_password(client)
    clock.move_to(NOW + timedelta(minutes=16), tick=False)
    late = client.post(CODE, {"code": app.code()})

    assert [without["Location"], late["Location"]] == [LOGIN, LOGIN]
    assert client.get(CODE)["Location"] == LOGIN
    assert not is_signed_in(client)


def test_a_new_password_ends_what_is_half_done(client, ada, app):
    give_password(client)
    ada.user.set_password("staple under the bed")
    ada.user.save()

    assert client.post(CODE, {"code": app.code()})["Location"] == LOGIN


def test_a_first_step_starts_a_new_session(client, ada, app):
    client.get(LOGIN)
    session = client.session
    session["planted"] = "by somebody else"
    session.save()

    give_password(client)

    assert client.session.session_key != session.session_key
    assert "planted" not in client.session


def test_next_leads_to_no_other_site(client, ada, app):
    give_password(client)

    answer = client.post(f"{CODE}?next=//evil.example", {"code": app.code()})

    assert answer["Location"] == "/dashboard/compliance"


@pytest.mark.parametrize(
    ("otp", "status"), [({}, 401), ({"otp": "000000"}, 401), ({"otp": "\u00e9"}, 401)]
)
def test_tokens_need_the_code(anonymous, ada, app, otp, status):
    answer = anonymous.post(TOKEN, {"email": EMAIL, "password": PASSWORD} | otp)

    assert answer.status_code == status
    assert "WWW-Authenticate" in answer
    assert "otp" in answer.json()["detail"] or "code" in answer.json()["detail"]


def test_tokens_come_for_password_and_code(anonymous, ada, app):
    answer = anonymous.post(TOKEN, {"email": EMAIL, "password": PASSWORD, "otp": app.code()})

    assert set(answer.json()) == {"access", "refresh"}


def test_a_wrong_password_says_nothing_of_the_second_step(anonymous, ada, app):
    answer = anonymous.post(TOKEN, {"email": EMAIL, "password": "wrong", "otp": app.code()})

    assert answer.json() == {"detail": "The email or the password is wrong."}


def test_a_changed_secret_key_lets_nobody_in_until_the_former_one_is_a_fallback(
    client, settings, ada, app
):
    former, settings.SECRET_KEY = settings.SECRET_KEY, "another one " * 5
    give_password(client)

    lost = [client.post(CODE, {"code": code}).status_code for code in (app.code(), app.recovery[0])]
    settings.SECRET_KEY_FALLBACKS = [former]
    found = client.post(CODE, {"code": app.code()}).status_code

    assert (lost, found) == ([400, 400], 302)


def test_where_the_secret_key_is_lost_the_settings_still_open(settings, ada, app):
    settings.SECRET_KEY = "another one " * 5

    assert "Recovery codes left: 0." in text_of(signed_in(ada).get(SETTINGS))


def test_the_doctor_names_whose_second_step_cannot_be_read(settings, ada, app):
    settings.SECRET_KEY = "another one " * 5

    (found,) = [problem for problem in examine() if problem.area == "sign-in"]

    assert f"user {ada.user_id}:" in found.sentence
    assert "SECRET_KEY_FALLBACKS" in found.remedy


def test_switched_off_nobody_is_asked(client, settings, ada, app):
    settings.MFA_ENABLED = False

    assert give_password(client)["Location"] == "/dashboard/compliance"
    assert [client.get(page).status_code for page in (SET_UP, OFF, CODES)] == [404] * 3
    assert "Two-step" not in client.get(SETTINGS).content.decode()


@pytest.mark.django_db(transaction=True)
def test_of_eight_uses_of_one_code_at_once_exactly_one_succeeds(ada, app):
    gate, body = Barrier(8), {"email": EMAIL, "password": PASSWORD, "otp": app.code()}

    def attempt(_):
        gate.wait()
        try:
            return APIClient().post(TOKEN, body).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answered = list(pool.map(attempt, range(8)))

    assert answered.count(200) == 1
    assert set(answered) <= {200, 401}


# Recovery codes.


def test_the_settings_say_how_many_recovery_codes_are_left(ada, app):
    before = text_of(signed_in(ada).get(SETTINGS))
    APIClient().post(TOKEN, {"email": EMAIL, "password": PASSWORD, "otp": app.recovery[0]})

    assert "Recovery codes left: 10." in before
    assert "Recovery codes left: 9." in text_of(signed_in(ada).get(SETTINGS))


def test_recovery_codes_are_not_asked_for_where_there_is_no_second_step(
    ada,
):
    with CaptureQueriesContext(connection) as queries:
        signed_in(ada).get(SETTINGS)

    asked = [query["sql"] for query in queries if "mfa_authenticator" in query["sql"]]
    assert len(asked) == 1


def test_new_recovery_codes_end_the_ones_before(ada, app):
    answer = signed_in(ada).post(CODES, {"password": PASSWORD, "code": app.code()})
    fresh = shown_codes(answer)
    bodies = [
        {"email": EMAIL, "password": PASSWORD, "otp": code} for code in (app.recovery[0], fresh[0])
    ]

    assert "no-store" in answer["Cache-Control"]
    assert len(set(fresh) - set(app.recovery)) == 10
    assert [APIClient().post(TOKEN, body).status_code for body in bodies] == [401, 200]
    assert log()[0] == "MFA_RECOVERY_CODES_RENEWED"


def test_an_open_session_alone_makes_no_new_recovery_codes(client, ada, app):
    answer = signed_in(ada).post(CODES, {"password": PASSWORD, "code": "000000"})
    give_password(client)

    assert answer.status_code == 400
    assert client.post(CODE, {"code": app.recovery[0]}).status_code == 302


def test_there_are_no_recovery_codes_without_a_second_step(ada):
    assert signed_in(ada).get(CODES)["Location"] == SET_UP


# Turning it off.


def test_a_code_turns_it_off_and_other_sessions_end(ada, app):
    here, elsewhere = signed_in(ada), signed_in(ada)

    answer = here.post(OFF, {"password": PASSWORD, "code": app.code()})

    assert answer["Location"] == SETTINGS
    assert (is_signed_in(here), is_signed_in(elsewhere)) == (True, False)
    assert not Authenticator.objects.exists()
    assert log() == ["MFA_DISABLED"]


def test_an_open_session_alone_does_not_turn_it_off(ada, app):
    answer = signed_in(ada).post(OFF, {"password": PASSWORD, "code": "000000"})

    assert answer.status_code == 400
    assert Authenticator.objects.exists()


# An organization that requires it.


@pytest.fixture
def strict(ada):
    ada.org.requires_mfa = True
    ada.org.save()
    return ada.org


def test_an_owner_with_a_second_step_requires_it_of_all(ada, app):
    browser = signed_in(ada)

    browser.post(REQUIRED, {"required": "yes"})

    ada.org.refresh_from_db()
    assert ada.org.requires_mfa
    assert log() == ["MFA_REQUIREMENT_CHANGED"]
    assert "requires it of all members" in browser.get(SETTINGS).content.decode()


def test_an_owner_without_one_does_not_lock_everybody_out(ada):
    answer = signed_in(ada).post(REQUIRED, {"required": "yes"})

    ada.org.refresh_from_db()
    assert answer.status_code == 400
    assert not ada.org.requires_mfa


def test_the_owner_leaves_it_to_the_members_again(ada, app, strict):
    signed_in(ada).post(REQUIRED, {"required": "no"})

    strict.refresh_from_db()
    assert not strict.requires_mfa


@pytest.mark.parametrize("role", ["viewer", "member", "admin"])
def test_lower_roles_require_nothing(ada, role):
    answer = signed_in(MembershipFactory(org=ada.org, role=role)).post(
        REQUIRED, {"required": "yes"}
    )

    assert answer.status_code == 403


@pytest.mark.parametrize("page", ["/dashboard/compliance", SETTINGS, "/password/change"])
def test_a_member_without_it_is_led_to_set_it_up_before_anything_else(ada, strict, page):
    user = UserFactory(password=PASSWORD)
    browser = signed_in(MembershipFactory(org=strict, user=user, role="viewer"))

    before = browser.get(page)
    set_up(browser)

    assert (before.status_code, before["Location"]) == (302, SET_UP)
    assert browser.get(page).status_code == 200


def test_a_members_tokens_wait_until_it_is_set_up(ada, strict, api_as):
    member = MembershipFactory(org=strict, role="viewer")

    answer = api_as(member).get(MEMBERS)

    assert answer.status_code == 403
    assert "two-step sign-in" in answer.json()["detail"]


def test_keys_and_other_organizations_go_on(ada, strict, api_as):
    member = MembershipFactory(org=strict)
    elsewhere = MembershipFactory(user=member.user)

    answers = [api_as(who).get(MEMBERS) for who in (ApiKeyFactory(membership=member), elsewhere)]

    assert [answer.status_code for answer in answers] == [200, 200]
