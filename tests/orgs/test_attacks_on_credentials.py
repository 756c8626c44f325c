"""What somebody may try with keys and tokens, S3 and S5 to S13, and what it gets them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import jwt
import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from orgs.domain.keys import Environment, make_key
from orgs.domain.roles import Role
from orgs.models import ApiKey, Membership
from orgs.services import tokens
from scans.models import Repository
from tests.conftest import sign_in
from tests.factories import ApiKeyFactory, MembershipFactory, RepositoryFactory

pytestmark = pytest.mark.django_db

TOKEN, REFRESH, REVOKE, MEMBERS, KEYS, REPOS, FRAMEWORKS = (
    reverse(f"api:{name}")
    for name in (
        "token",
        "token-refresh",
        "token-revoke",
        "member-list",
        "key-list",
        "repository-list",
        "enabled-frameworks",
    )
)
ROLE_LADDER = {role: [higher for higher in Role if not role.allows(higher)] for role in Role}


def refresh_of(row):
    return tokens.issue(row).refresh


def use(client, refresh):
    return client.post(REFRESH, {"refresh": refresh})


# S3, S5 to S7: keys.


def test_s3_two_credentials_at_once_are_refused_and_neither_is_used(api_as):
    key, member = ApiKeyFactory(), MembershipFactory()
    client = api_as(member)

    answer = client.get(MEMBERS, headers={"X-API-Key": key.text})

    assert answer.status_code == 400
    assert answer.json() == {"detail": "Send an API key or a token, not both."}


@pytest.mark.parametrize(
    ("role", "above"), [(role, higher) for role, them in ROLE_LADDER.items() for higher in them]
)
def test_s5_nobody_makes_a_key_above_their_own_role(api_as, role, above):
    answer = api_as(MembershipFactory(role=role)).post(KEYS, {"name": "ci", "role": above})

    assert answer.status_code == 403
    assert not ApiKey.objects.exists()


@pytest.mark.parametrize("role", Role)
def test_s5_no_key_manages_keys_or_members(api_as, role):
    other = MembershipFactory(role="viewer")
    client = api_as(
        ApiKeyFactory(membership=MembershipFactory(org=other.org, role="owner"), role=role)
    )
    theirs = ApiKeyFactory(membership=other)
    ApiKey.objects.update(last_used_at=timezone.now())
    before = list(ApiKey.objects.values()), list(Membership.objects.values())

    answers = [
        client.post(KEYS, {"name": "ci", "role": "viewer"}),
        client.post(reverse("api:key-rotate", args=[theirs.pk]), {}),
        client.delete(reverse("api:key-detail", args=[theirs.pk])),
        client.post(MEMBERS, {"email": "new@example.com", "role": "owner"}),
        client.patch(reverse("api:member-detail", args=[other.pk]), {"role": "owner"}),
        client.delete(reverse("api:member-detail", args=[other.pk])),
    ]

    assert [answer.status_code for answer in answers] == [403] * 6
    assert (list(ApiKey.objects.values()), list(Membership.objects.values())) == before


def test_s5_a_role_above_a_members_in_the_database_counts_for_nothing(api_as):
    key = ApiKeyFactory(membership=MembershipFactory(role="viewer"), role="owner")

    assert api_as(key).put(FRAMEWORKS, {"keys": []}).status_code == 403


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    "disguise", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"]
)
def test_s6_a_reading_key_changes_nothing_under_any_methods_name(api_as, method, disguise):
    key = ApiKeyFactory(membership=MembershipFactory(role="owner"), role="viewer")
    repository = RepositoryFactory(org=key.org)
    client = api_as(key)
    detail = reverse("api:repository-detail", args=[repository.pk])

    plain = client.generic(method, detail)
    as_read = client.get(f"{detail}?_method={method}", headers={disguise: method})
    as_post = client.post(REPOS, {"name": "new", "_method": "GET"}, headers={disguise: "GET"})

    assert plain.status_code in (403, 405)
    assert as_read.status_code == 200
    assert as_post.status_code == 403
    assert [found.name for found in Repository.objects.all()] == [repository.name]


def test_s7_a_key_ends_with_its_creators_membership_at_once(api_as):
    owner = MembershipFactory(role="owner")
    creator = MembershipFactory(org=owner.org, role="admin")
    key = ApiKeyFactory(membership=creator)
    client = api_as(key)
    before = client.get(MEMBERS).status_code

    api_as(owner).delete(reverse("api:member-detail", args=[creator.pk]))

    assert (before, client.get(MEMBERS).status_code) == (200, 401)


def test_s7_a_key_is_lowered_with_its_creator_at_once(api_as):
    owner = MembershipFactory(role="owner")
    creator = MembershipFactory(org=owner.org, role="admin")
    client = api_as(ApiKeyFactory(membership=creator))
    before = client.put(FRAMEWORKS, {"keys": []}).status_code

    api_as(owner).patch(reverse("api:member-detail", args=[creator.pk]), {"role": "viewer"})

    assert (before, client.put(FRAMEWORKS, {"keys": []}).status_code) == (200, 403)


# S8 to S10: tokens.


def disguised(token, *, key, algorithm="HS256", headers=None, **claims):
    """A good token's claims, changed and signed in another way."""
    payload = jwt.decode(token, options={"verify_signature": False}) | claims
    return jwt.encode(payload, key, algorithm=algorithm, headers=headers)


def without_algorithm(token):
    return disguised(token, key=None, algorithm="none")


def under_another_algorithm(token):
    return disguised(token, key=django_settings.JWT_SIGNING_KEY, algorithm="HS512")


def signed_with_a_public_text(token):
    return disguised(token, key="-----BEGIN PUBLIC KEY-----\n" + "A" * 64)


def signed_with_the_secret_of_sessions(token):
    return disguised(token, key=django_settings.SECRET_KEY)


def with_a_path_for_a_key(token):
    return disguised(token, key="\0" * 32, headers={"kid": "../../../dev/null"})


def with_a_key_of_its_own(token):
    jwk = {"kty": "oct", "k": "A" * 43}
    return disguised(token, key="\0" * 32, headers={"jwk": jwk, "jku": "https://evil.example/k"})


def without_a_signature(token):
    return token.rpartition(".")[0] + "."


def of_another_issuer(token):
    return disguised(token, key=django_settings.JWT_SIGNING_KEY, iss="https://evil.example")


def for_another_audience(token):
    return disguised(token, key=django_settings.JWT_SIGNING_KEY, aud="another-api")


def past_its_time(token):
    past = int((timezone.now() - timedelta(seconds=64)).timestamp())
    return disguised(token, key=django_settings.JWT_SIGNING_KEY, exp=past)


FORGERIES = [
    without_algorithm,
    under_another_algorithm,
    signed_with_a_public_text,
    signed_with_the_secret_of_sessions,
    with_a_path_for_a_key,
    with_a_key_of_its_own,
    without_a_signature,
    of_another_issuer,
    for_another_audience,
    past_its_time,
]


@pytest.mark.parametrize("forge", FORGERIES)
def test_s8_a_forged_access_token_is_refused(anonymous, forge):
    access = tokens.issue(sign_in(MembershipFactory().user)).access

    good, forged = (
        anonymous.get(MEMBERS, headers={"Authorization": f"Bearer {token}"}).status_code
        for token in (access, forge(access))
    )

    assert (good, forged) == (200, 401)


@pytest.mark.parametrize("forge", FORGERIES)
def test_s8_a_forged_refresh_token_is_refused_and_ends_nothing(anonymous, forge):
    refresh = refresh_of(sign_in(MembershipFactory().user))

    forged, good = use(anonymous, forge(refresh)), use(anonymous, refresh)

    assert (forged.status_code, good.status_code) == (401, 200)


def test_s8_neither_token_does_the_others_work(anonymous):
    pair = tokens.issue(sign_in(MembershipFactory().user))

    as_access = anonymous.get(MEMBERS, headers={"Authorization": f"Bearer {pair.refresh}"})
    as_refresh = use(anonymous, pair.access)

    assert (as_access.status_code, as_refresh.status_code) == (401, 401)


@pytest.mark.django_db(transaction=True)
def test_s9_of_eight_uses_at_once_exactly_one_succeeds_and_the_family_ends(api_as):
    row = sign_in(MembershipFactory().user)
    refresh, gate = refresh_of(row), Barrier(8)

    def attempt(_):
        gate.wait()
        try:
            return use(api_as(), refresh)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(attempt, range(8)))

    [winner] = [answer for answer in answers if answer.status_code == 200]
    assert [answer.status_code for answer in answers].count(401) == 7
    assert use(api_as(), winner.json()["refresh"]).status_code == 401


def after_a_rotation(client, row, refresh):
    use(client, refresh)


def after_sign_out(client, row, refresh):
    client.post(REVOKE, {"refresh": refresh})


def after_a_new_password(client, row, refresh):
    row.user.set_password("staple under the bed")
    row.user.save()


def after_deactivation(client, row, refresh):
    row.user.is_active = False
    row.user.save()


@pytest.mark.parametrize(
    "change", [after_a_rotation, after_sign_out, after_a_new_password, after_deactivation]
)
def test_s9_a_refresh_token_is_no_good_any_more(anonymous, change):
    row = sign_in(MembershipFactory().user)
    refresh = refresh_of(row)

    change(anonymous, row, refresh)

    assert use(anonymous, refresh).status_code == 401


@pytest.mark.parametrize("change", [after_sign_out, after_a_new_password, after_deactivation])
def test_s10_an_access_token_ends_at_once(anonymous, change):
    row = sign_in(MembershipFactory().user)
    pair = tokens.issue(row)
    headers = {"Authorization": f"Bearer {pair.access}"}
    before = anonymous.get(MEMBERS, headers=headers).status_code

    change(anonymous, row, pair.refresh)

    assert (before, anonymous.get(MEMBERS, headers=headers).status_code) == (200, 401)


def test_s10_a_lowered_role_counts_for_an_access_token_at_once(api_as):
    owner = MembershipFactory(role="owner")
    member = MembershipFactory(org=owner.org, role="admin")
    client = api_as(member)
    before = client.put(FRAMEWORKS, {"keys": []}).status_code

    api_as(owner).patch(reverse("api:member-detail", args=[member.pk]), {"role": "viewer"})

    assert (before, client.put(FRAMEWORKS, {"keys": []}).status_code) == (200, 403)


# S12 and S13: where a credential may stand, and what looking at it costs.


@pytest.mark.parametrize("name", ["key", "api_key", "apikey", "X-API-Key", "access_token", "token"])
def test_s12_a_credential_in_the_query_is_none(anonymous, name):
    key = ApiKeyFactory()
    access = tokens.issue(sign_in(key.membership.user)).access

    answers = [anonymous.get(MEMBERS, query_params={name: text}) for text in (key.text, access)]

    assert [answer.status_code for answer in answers] == [401, 401]
    assert all("WWW-Authenticate" in answer for answer in answers)


def unknown():
    return make_key(Environment.TEST).text


def with_a_wrong_secret():
    key = ApiKeyFactory()
    ApiKey.objects.filter(pk=key.pk).update(digest=make_key(Environment.TEST).digest)
    return key.text


def revoked():
    return ApiKeyFactory(revoked_at=timezone.now()).text


def expired():
    return ApiKeyFactory(expires_at=timezone.now()).text


@pytest.mark.parametrize("make", [unknown, with_a_wrong_secret, revoked, expired])
def test_s13_every_bad_key_costs_one_query_and_one_comparison(anonymous, comparisons, make):
    text = make()

    with CaptureQueriesContext(
        connection,
    ) as queries:
        answer = anonymous.get(MEMBERS, headers={"X-API-Key": text})

    assert answer.status_code == 401
    assert (len(queries), len(comparisons)) == (1, 1)


@pytest.fixture
def comparisons(monkeypatch):
    """The digests that are compared, by the function that takes the same time for all."""
    import orgs.api.authentication as module  # noqa: PLC0415 - watched, not replaced

    seen, compare = [], module.keys.same_digest

    def watched(one, other):
        seen.append((one, other))
        return compare(one, other)

    monkeypatch.setattr(module.keys, "same_digest", watched)
    return seen
