"""How strong a sign-in at the provider was, and how long ago."""

import math
import time

import pytest
from django.utils import timezone

from audit.models import AuditLogSaaS
from orgs.models import Identity
from tests.orgs.single_sign_on.browsing import (
    CONNECT,
    DASHBOARD,
    PASSWORD,
    UNCONFIRMED,
    address_in,
    come_in,
    go,
    is_in,
    log,
    signed_in,
    text_of,
)
from tests.orgs.single_sign_on.identity_provider import signed_by

pytestmark = pytest.mark.django_db

HIGH, HIGHER = "urn:example:2fa", "urn:example:hardware"
BY_ACR = {"second_factor": True, "acr": (HIGHER, HIGH)}
BY_AMR = {"second_factor": True, "amr": ("mfa", "hwk")}


@pytest.fixture
def arrive(client, idp, ada, configure):
    """What a browser is answered where this is wanted of the provider, and it says that."""

    def arrived(wanted, said):
        configure(**wanted)
        idp.claims = said
        return come_in(client, idp)

    return arrived


@pytest.fixture
def now(time_machine):
    time_machine.move_to(timezone.now(), tick=False)
    return int(time.time())


# What the provider is asked for.


def test_s16_the_provider_is_told_what_is_wanted(client, idp, ada, configure):
    configure(**BY_ACR, max_age_minutes=90)

    go(client, idp)

    assert idp.authorized["acr_values"] == f"{HIGHER} {HIGH}"
    assert idp.authorized["max_age"] == "5400"


@pytest.mark.parametrize("wanted", [{}, BY_AMR], ids=["nothing", "amr"])
def test_s16_and_of_nothing_where_nothing_is(client, idp, ada, configure, wanted):
    configure(**wanted)

    go(client, idp)

    assert not {"acr_values", "max_age"} & set(idp.authorized)


# The second factor.

STRONG = {
    "the first acr": (BY_ACR, {"acr": HIGHER}),
    "another acr": (BY_ACR, {"acr": HIGH}),
    "the amr alone": (BY_AMR, {"amr": ["hwk"]}),
    "an amr among others": (BY_AMR, {"amr": ["pwd", "mfa", "x"]}),
    "both": (BY_ACR | BY_AMR, {"acr": HIGH, "amr": ["mfa"]}),
    "the operator's word": ({"second_factor": True}, {"acr": "0", "amr": ["pwd"]}),
}


@pytest.mark.parametrize(("wanted", "said"), STRONG.values(), ids=STRONG)
def test_s16_a_second_factor_that_is_shown_is_not_asked_for_again(
    client, second_step, arrive, wanted, said
):
    answer = arrive(wanted, said)

    assert answer["Location"] == DASHBOARD
    assert is_in(client)


WEAK = {
    "no acr": (BY_ACR, {}),
    "a lower acr": (BY_ACR, {"acr": "urn:example:password"}),
    "a part of an acr": (BY_ACR, {"acr": HIGH[:-1]}),
    "a list as acr": (BY_ACR, {"acr": [HIGH]}),
    "acr in other letters": (BY_ACR, {"acr": HIGH.upper()}),
    "no amr": (BY_AMR, {}),
    "another amr": (BY_AMR, {"amr": ["pwd", "sms"]}),
    "an empty amr": (BY_AMR, {"amr": []}),
    "a text as amr": (BY_AMR, {"amr": "mfa"}),
    "an object as amr": (BY_AMR, {"amr": {"mfa": True}}),
    "lists in amr": (BY_AMR, {"amr": [["mfa"], None, 1]}),
    "acr without amr": (BY_ACR | BY_AMR, {"acr": HIGH}),
    "amr without acr": (BY_ACR | BY_AMR, {"amr": ["mfa"]}),
}


@pytest.mark.parametrize(("wanted", "said"), WEAK.values(), ids=WEAK)
def test_s16_a_second_factor_that_is_not_shown_is_asked_for_here(
    client, second_step, arrive, wanted, said
):
    answer = arrive(wanted, said)
    before = is_in(client)
    done = client.post(answer["Location"], {"code": second_step})

    assert answer["Location"] == f"/login/code?next={DASHBOARD}"
    assert not before
    assert done["Location"] == DASHBOARD
    assert is_in(client)


def test_s16_who_has_none_sets_it_up_where_the_organization_requires_it(
    client, idp, ada, configure
):
    configure(organization=None, **BY_AMR)
    ada.org.requires_mfa = True
    ada.org.save()

    come_in(client, idp)

    assert client.get(DASHBOARD)["Location"] == "/two-step"
    assert client.get("/two-step").status_code == 200


def test_s16_what_the_user_info_says_of_it_is_not_read(client, idp, second_step, configure):
    configure(**BY_AMR)
    idp.in_id_token = False
    idp.person |= {"amr": ["mfa"]}

    assert come_in(client, idp)["Location"].startswith("/login/code")


def test_s16_the_operator_reads_that_a_second_factor_is_not_shown(
    client, idp, second_step, configure, caplog
):
    configure(**BY_AMR)

    come_in(client, idp)

    assert "Single sign-on by acme: acr or amr shows no second factor" in caplog.text


# How long ago.

RECENT = {"now": 0, "59 minutes ago": 3540, "an hour and a little ago": 3620, "a moment ahead": -20}


@pytest.mark.parametrize("ago", RECENT.values(), ids=RECENT)
def test_s16_a_sign_in_of_the_last_hour_is_taken(client, arrive, now, ago):
    arrive({"max_age_minutes": 60}, {"auth_time": now - ago})

    assert is_in(client)


def test_s16_a_provider_that_does_as_it_is_asked_lets_in(client, idp, ada, configure):
    configure(max_age_minutes=1)

    come_in(client, idp)

    assert is_in(client)


OLD = {
    "more than an hour ago": lambda now: now - 3640,
    "of tomorrow": lambda now: now + 86_400,
    "not said": lambda now: None,
    "a text": str,
    "true": lambda now: True,
    "no number": lambda now: math.nan,
    "without end": lambda now: 10**400,
    "before all times": lambda now: -(10**400),
}


@pytest.mark.parametrize("at", OLD.values(), ids=OLD)
def test_s16_a_sign_in_of_longer_ago_is_refused(client, ada, arrive, now, at):
    answer = arrive({"max_age_minutes": 60}, {"auth_time": at(now)})

    assert answer.status_code == 403
    assert "within the last 60 minutes: sign out there, then begin again." in text_of(answer)
    assert not is_in(client)
    assert log(ada.org) == ["SSO_FAILED"]
    assert AuditLogSaaS.objects.get(action="SSO_FAILED").metadata["reason"] == "auth_time"


def test_s16_a_token_that_proves_nothing_says_nothing_of_time(client, idp, ada, configure):
    configure(max_age_minutes=60)
    idp.claims, idp.sign = {"auth_time": 1}, signed_by("second")

    assert UNCONFIRMED in text_of(come_in(client, idp))


def test_s16_nobody_connects_by_a_sign_in_of_longer_ago(idp, ada, configure):
    configure(max_age_minutes=60)
    browser = signed_in(ada.user)
    idp.claims = {"auth_time": int(time.time()) - 7200}

    path, query = idp.browse(address_in(browser.post(CONNECT, {"password": PASSWORD})))

    assert browser.get(path, query).status_code == 403
    assert not Identity.objects.exists()


# The session.

CHANGED = {
    "an acr more": (BY_ACR, {"second_factor": True, "acr": (HIGHER,)}),
    "amr in its place": (BY_ACR, BY_AMR),
    "the operator's word": (BY_ACR, {"second_factor": True}),
    "the operator's word no more": ({"second_factor": True}, BY_ACR),
    "no second factor": (BY_ACR, {}),
    "max_age": (BY_ACR, BY_ACR | {"max_age_minutes": 60}),
}


@pytest.mark.parametrize("said", [{"acr": HIGHER}, {}], ids=["strong", "weak"])
@pytest.mark.parametrize("change", CHANGED.values(), ids=CHANGED)
def test_s16_a_session_ends_with_a_change_of_what_is_to_be_shown(
    client, arrive, configure, change, said
):
    before, after = change
    arrive(before, said)
    was_in = is_in(client)

    configure(**after)

    assert (was_in, is_in(client)) == (True, False)


def test_s16_half_a_sign_in_ends_with_it_too(client, idp, second_step, configure):
    configure(**BY_ACR)
    answer = come_in(client, idp)

    configure(second_factor=True)

    assert client.post(answer["Location"], {"code": second_step})["Location"] == "/login"


def test_s16_the_release_before_reads_the_sessions(client, idp, ada, configure):
    """It makes its own object of these fields, and fails with another one."""
    configure(**BY_ACR, max_age_minutes=60)

    come_in(client, idp)

    kept = set(client.session["single_sign_on"])
    assert kept == {"provider", "issuer", "organization", "organization_id", "second_factor"}


def test_s16_a_session_of_the_release_before_goes_on(client, idp, ada):
    come_in(client, idp)
    session = client.session
    del session["single_sign_on_strength"]
    session.save()

    assert is_in(client)
