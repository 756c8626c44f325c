from datetime import timedelta

import pytest
from django.utils import timezone

from codestax.doctor.rounds import examine
from orgs.domain.keys import Environment, _checksum, make_key
from orgs.models import ApiKey, SignIn
from tests.factories import ApiKeyFactory, MembershipFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.orgs.whoami")]

REFUSED = {"detail": "The API key or token is not valid."}


def test_key_acts_for_its_member_and_organization(api_as):
    key = ApiKeyFactory(role="member")

    response = api_as(key).get("/api/whoami")

    email = key.membership.user.email
    assert response.json() == {"org": key.org.slug, "role": "member", "email": email, "user": email}


def test_token_acts_for_its_member_and_organization(api_as):
    member = MembershipFactory(role="viewer")

    response = api_as(member).get("/api/whoami")

    email = member.user.email
    assert response.json() == {
        "org": member.org.slug,
        "role": "viewer",
        "email": email,
        "user": email,
    }


def test_no_credentials_are_refused_with_a_challenge(anonymous):
    response = anonymous.get("/api/whoami")

    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("Bearer ")


def unknown_key():
    return make_key(Environment.TEST).text


def revoked_key():
    return ApiKeyFactory(revoked_at=timezone.now()).text


def expired_key():
    return ApiKeyFactory(expires_at=timezone.now()).text


def key_of_an_inactive_user():
    return ApiKeyFactory(membership__user__is_active=False).text


def key_of_a_removed_member():
    key = ApiKeyFactory()
    key.membership.delete()
    return key.text


def key_with_another_secret():
    key = ApiKeyFactory()
    ApiKey.objects.filter(pk=key.pk).update(digest=make_key(Environment.TEST).digest)
    return key.text


def live_key_of_a_copy_that_is_tried_out():
    return ApiKeyFactory(environment=Environment.LIVE).text


def key_whose_start_was_changed():
    return with_another_start(ApiKeyFactory(environment=Environment.LIVE).text, "cpl_test_")


def key_that_pretends_to_be_live():
    return with_another_start(ApiKeyFactory().text, "cpl_live_")


def with_another_start(text, start):
    begin = start + text[len(start) :].rpartition("_")[0]
    return f"{begin}_{_checksum(begin)}"


def nothing():
    return ""


def short_text():
    return "cpl_test_short"


def letters_of_no_key():
    return "é" * 70


@pytest.mark.parametrize(
    "make",
    [
        unknown_key,
        revoked_key,
        expired_key,
        key_of_an_inactive_user,
        key_of_a_removed_member,
        key_with_another_secret,
        live_key_of_a_copy_that_is_tried_out,
        key_whose_start_was_changed,
        key_that_pretends_to_be_live,
        nothing,
        short_text,
        letters_of_no_key,
    ],
)
def test_every_bad_key_gets_the_same_answer(anonymous, make):
    text = make()

    response = anonymous.get("/api/whoami", headers={"X-API-Key": text})

    assert (response.status_code, response.json()) == (401, REFUSED)
    assert "WWW-Authenticate" in response


def test_a_live_installation_takes_live_keys_alone(anonymous, settings):
    settings.KEY_ENVIRONMENT = "live"
    live, test = ApiKeyFactory(environment="live"), ApiKeyFactory(environment="test")

    for key, status in ((live, 200), (test, 401)):
        response = anonymous.get("/api/whoami", headers={"X-API-Key": key.text})
        assert response.status_code == status


def test_the_doctor_names_keys_that_are_refused_for_their_kind(settings):
    live, _ = ApiKeyFactory(environment="live"), ApiKeyFactory(environment="test")
    ApiKeyFactory(environment="live", revoked_at=timezone.now())

    (found,) = [problem for problem in examine() if problem.area == "sign-in"]

    assert f"API key {live.pk}: refused" in found.sentence
    assert "KEY_ENVIRONMENT" in found.remedy


def test_unknown_key_costs_as_many_queries_as_a_revoked_one(anonymous, django_assert_num_queries):
    revoked = revoked_key()

    with django_assert_num_queries(1):
        anonymous.get("/api/whoami", headers={"X-API-Key": unknown_key()})
    with django_assert_num_queries(1):
        anonymous.get("/api/whoami", headers={"X-API-Key": revoked})


def test_key_is_checked_with_one_query(api_as, django_assert_num_queries):
    key = ApiKeyFactory(last_used_at=timezone.now())

    with django_assert_num_queries(1):
        response = api_as(key).get("/api/whoami")

    assert response.status_code == 200


def test_token_is_checked_with_two_queries(api_as, django_assert_num_queries):
    client = api_as(MembershipFactory())

    with django_assert_num_queries(2):  # the sign-in with its user, the membership
        client.get("/api/whoami")


def test_use_of_a_key_is_recorded_at_most_once_a_minute(api_as, time_machine):
    key = ApiKeyFactory()
    start = timezone.now().replace(microsecond=0)
    client = api_as(key)

    uses = []
    for seconds in (0, 59, 61):
        time_machine.move_to(start + timedelta(seconds=seconds), tick=False)
        client.get("/api/whoami")
        key.refresh_from_db()
        uses.append((key.last_used_at - start).total_seconds())

    assert uses == [0, 0, 61]


def test_key_is_lowered_with_its_member_at_once(api_as):
    key = ApiKeyFactory(membership__role="admin", role="admin")
    client = api_as(key)
    client.get("/api/whoami")
    key.membership.role = "viewer"
    key.membership.save()

    response = client.get("/api/whoami")

    assert response.json()["role"] == "viewer"


def test_key_is_not_raised_with_its_member(api_as):
    key = ApiKeyFactory(membership__role="owner", role="viewer")

    assert api_as(key).get("/api/whoami").json()["role"] == "viewer"


def test_key_in_the_query_string_is_no_credential(anonymous):
    response = anonymous.get(f"/api/whoami?api_key={ApiKeyFactory().text}&X-API-Key=1")

    assert response.status_code == 401


def test_two_credentials_at_once_are_refused(api_as):
    client = api_as(MembershipFactory())

    response = client.get("/api/whoami", headers={"X-API-Key": ApiKeyFactory().text})

    assert response.status_code == 400
    assert response.json() == {"detail": "Send an API key or a token, not both."}


def test_key_of_one_organization_beside_the_name_of_another_is_refused(api_as):
    other = MembershipFactory()

    response = api_as(ApiKeyFactory()).get("/api/whoami", headers={"X-Org": other.org.slug})

    assert response.status_code == 400


def test_only_membership_is_implied(api_as):
    member = MembershipFactory()
    client = api_as(member)
    client.defaults.pop("HTTP_X_ORG")

    assert client.get("/api/whoami").json()["org"] == member.org.slug


def test_several_memberships_need_a_name(api_as):
    member = MembershipFactory()
    MembershipFactory(user=member.user)
    client = api_as(member)
    client.defaults.pop("HTTP_X_ORG")

    response = client.get("/api/whoami")

    assert response.status_code == 400
    assert response.json() == {"detail": "Name one of your organizations in the header X-Org."}


def test_each_of_several_memberships_can_be_named(api_as):
    one = MembershipFactory(role="viewer")
    other = MembershipFactory(user=one.user, role="owner")

    assert api_as(one).get("/api/whoami").json()["role"] == "viewer"
    assert api_as(other).get("/api/whoami").json()["org"] == other.org.slug


@pytest.mark.parametrize("slug", ["no-such-organization", "", "a\0b", "é"])
def test_unknown_organization_reads_like_somebody_elses(api_as, slug):
    member, stranger = MembershipFactory(), MembershipFactory()
    client = api_as(member)

    unknown = client.get("/api/whoami", headers={"X-Org": slug})
    foreign = client.get("/api/whoami", headers={"X-Org": stranger.org.slug})

    assert unknown.status_code == foreign.status_code == 400
    assert unknown.json() == foreign.json()


def test_user_without_a_membership_has_no_organization(api_as):
    member = MembershipFactory()
    client = api_as(member)
    member.delete()

    assert client.get("/api/whoami").status_code == 400


def test_ended_sign_in_ends_its_access_tokens(api_as):
    member = MembershipFactory()
    client = api_as(member)
    SignIn.objects.update(revoked_at=timezone.now())

    response = client.get("/api/whoami")

    assert (response.status_code, response.json()) == (401, REFUSED)


def test_new_password_ends_access_tokens(api_as):
    member = MembershipFactory()
    client = api_as(member)
    member.user.set_password("another password")
    member.user.save()

    assert client.get("/api/whoami").status_code == 401


def test_deactivated_user_is_refused(api_as):
    member = MembershipFactory()
    client = api_as(member)
    member.user.is_active = False
    member.user.save()

    assert client.get("/api/whoami").status_code == 401


def test_basic_authentication_is_no_credential(anonymous):
    UserFactory(email="ada@example.com", password="secret")

    response = anonymous.get("/api/whoami", headers={"Authorization": "Basic YWRhOnNlY3JldA=="})

    assert response.status_code == 401
