"""Single sign-on over HTTP: who comes in, and who does not."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, transaction
from django.test import Client

from audit.models import AuditLogSaaS
from orgs.models import Identity
from orgs.services.guessing import MAX_FAILURES_PER_EMAIL
from tests.audit.test_chain import connection_waits, is_soon
from tests.factories import MembershipFactory, OrganizationFactory
from tests.orgs.single_sign_on.browsing import (
    CALLBACK,
    DASHBOARD,
    EMAIL,
    LOGIN,
    NOBODY,
    SETTINGS,
    START,
    come_in,
    go,
    is_in,
    log,
    text_of,
)
from tests.orgs.single_sign_on.strangers import (
    STRANGERS,
    nobody,
    of_another_organization,
    unknown,
    unproven_here,
    unverified,
)

pytestmark = pytest.mark.django_db


# The sign-in.


def test_s16_the_sign_in_page_offers_what_is_configured(client, configure):
    page = text_of(client.get(f"{LOGIN}?next={SETTINGS}"))

    assert "Sign in with Acme Directory" in page
    assert START in page
    assert page.count(f'name="next" value="{SETTINGS}"') == 2


def test_s16_without_a_provider_there_is_nothing(client, settings):
    settings.OIDC_PROVIDERS = {}

    answers = [client.post(START), client.get(CALLBACK)]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert "Sign in with" not in text_of(client.get(LOGIN))


def test_s16_a_member_is_linked_once_and_comes_in(client, idp, ada):
    answer = come_in(client, idp)

    assert (answer.status_code, answer["Location"]) == (302, DASHBOARD)
    assert is_in(client)
    assert log(ada.org) == ["SSO_LINKED", "SIGN_IN"]
    identity = Identity.objects.get()
    assert (identity.user, identity.issuer, identity.subject) == (ada.user, idp.issuer, "ada-1")


def test_s16_the_entry_names_who_and_through_whom(client, idp, ada):
    come_in(client, idp)

    entry = AuditLogSaaS.objects.get(action="SIGN_IN")
    assert entry.actor_email == EMAIL
    assert entry.metadata["provider"] == "acme"


def test_s16_afterwards_issuer_and_subject_count_and_no_email(client, idp, ada):
    come_in(client, idp)
    other = MembershipFactory(org=ada.org, user__email="bob@example.com")
    other.user.proven_email = other.user.email
    other.user.save()
    idp.person |= {"email": "bob@example.com"}

    browser = Client()
    come_in(browser, idp)

    assert EMAIL in text_of(browser.get(SETTINGS))
    assert Identity.objects.count() == 1
    assert log() == ["SSO_LINKED", "SIGN_IN", "SIGN_IN"]


def test_s16_an_email_in_the_user_info_is_as_good(client, idp, ada):
    idp.in_id_token = False

    come_in(client, idp)

    assert is_in(client)
    assert "/userinfo" in idp.asked


def test_s16_user_info_of_another_person_proves_nothing(client, idp, ada):
    idp.in_id_token = False
    idp.answers["userinfo"] = (200, idp.person | {"sub": "mallory"})

    answer = come_in(client, idp)

    assert NOBODY in text_of(answer)


def test_s16_it_goes_on_to_the_page_that_was_wanted(client, idp, ada):
    assert come_in(client, idp, next=SETTINGS)["Location"] == SETTINGS


@pytest.mark.parametrize(
    "target", ["//evil.example", "https://evil.example/", "javascript:alert(1)"]
)
def test_s16_next_leads_to_no_other_site(client, idp, ada, target):
    assert come_in(client, idp, next=target)["Location"] == DASHBOARD


def test_s16_the_session_gets_another_key(client, idp, ada):
    path, query = go(client, idp)
    before = client.session.session_key

    client.get(path, query)

    assert client.session.session_key != before


def test_s16_no_token_and_no_claim_is_stored(client, idp, ada):
    come_in(client, idp)

    kept = str(dict(client.session))
    assert "id_token" not in kept
    assert "nonce" not in kept
    assert "code_verifier" not in kept


def test_s16_the_way_there_needs_a_form_of_ours(configure):
    assert Client(enforce_csrf_checks=True).post(START).status_code == 403


# Who is not let in, and what they are told.


@pytest.mark.parametrize("stranger", STRANGERS)
def test_s16_strangers_are_told_one_sentence_and_stay_out(client, idp, ada, stranger):
    stranger(idp, ada)
    before = Identity.objects.count()

    answer = come_in(client, idp)

    assert answer.status_code == 403
    assert NOBODY in text_of(answer)
    assert not is_in(client)
    assert Identity.objects.count() == before
    assert log(ada.org).count("SSO_FAILED") == 1
    assert "SIGN_IN" not in log()


def test_s16_the_answer_to_all_strangers_is_the_same(idp, ada):
    shown = set()
    for stranger in (nobody, unknown, of_another_organization, unproven_here):
        idp.person = {
            "sub": stranger.__name__,
            "email": EMAIL,
            "email_verified": stranger != nobody,
        }
        stranger(idp, ada)
        answer = come_in(Client(), idp)
        shown.add((answer.status_code, answer.content))

    assert len(shown) == 1


def test_s16_the_same_subject_of_another_issuer_is_another_person(client, settings, idp, ada):
    Identity.objects.create(user=ada.user, issuer="https://other.example", subject="ada-1")
    idp.person |= {"email_verified": False}

    answer = come_in(client, idp)

    assert NOBODY in text_of(answer)


def test_s16_a_provider_of_another_organization_does_not_speak_for_this_ones_members(
    client, idp, ada, configure
):
    OrganizationFactory(slug="globex")
    configure(organization="globex")

    answer = come_in(client, idp)

    assert NOBODY in text_of(answer)
    assert log(ada.org) == []


def test_s16_a_stranger_is_refused_ten_times(idp, ada):
    unverified(idp, ada)
    for _ in range(MAX_FAILURES_PER_EMAIL):
        come_in(Client(), idp)
    idp.person |= {"email_verified": True}

    answer = come_in(Client(REMOTE_ADDR="198.51.100.1"), idp)

    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 15 * 60 + 1


def test_s16_an_address_that_sends_worthless_answers_is_refused_before_anybody_is_asked(idp, ada):
    for _ in range(MAX_FAILURES_PER_EMAIL):
        browser = Client()
        path, query = go(browser, idp)
        browser.get(path, query | {"code": "guessed"})
    asked = len(idp.asked)

    answer = Client().post(START)

    assert answer.status_code == 429
    assert len(idp.asked) == asked


@pytest.mark.django_db(transaction=True)
def test_s16_two_first_sign_ins_at_once_are_one_identity(idp, ada):
    gate, browsers = Barrier(2), (Client(), Client())
    ways = [go(browser, idp) for browser in browsers]

    def come_back(browser, way):
        gate.wait()
        try:
            return browser.get(*way)["Location"]
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        answered = list(pool.map(come_back, browsers, ways))

    assert answered == [DASHBOARD, DASHBOARD]
    assert Identity.objects.get().user == ada.user


@pytest.mark.django_db(transaction=True)
def test_s16_a_first_sign_in_is_let_in_where_another_was_faster_by_a_moment(idp, ada):
    """It has found no identity yet when the other commits, and finds one when it looks again."""
    browser = Client()
    way = go(browser, idp)

    def come_back():
        try:
            return browser.get(*way).headers.get("Location")
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            lock_users()
            answered = pool.submit(come_back)
            assert is_soon(connection_waits)
            Identity.objects.create(user=ada.user, issuer=idp.issuer, subject="ada-1")
        assert answered.result(timeout=20) == DASHBOARD

    assert Identity.objects.get().user == ada.user


def lock_users():
    """Whoever looks for the member by the email waits for this transaction."""
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE orgs_user IN ACCESS EXCLUSIVE MODE")
