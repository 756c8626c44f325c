"""Keys that were found in public, as a secret scanner reports them over the API."""

import base64
import hashlib
import json
import re
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from django.db import connection
from django.urls import reverse
from rest_framework.test import APIClient

from audit.models import AuditLogSaaS
from orgs.domain.keys import Environment, make_key
from orgs.services import leaks
from orgs.services.leaks import UnsignedReportError
from tests.factories import ApiKeyFactory, MembershipFactory, UserFactory
from tests.mails import sent_mails

pytestmark = pytest.mark.django_db

DOCS = Path(__file__).parents[2] / "docs"
REPORT, MEMBERS = reverse("api:leak-report"), reverse("api:member-list")
PLACE = "https://github.com/octocat/hello/blob/1234/ci.yml"
SCANNER = generate_private_key(SECP256R1())
# What GitHub's documentation gives as an example, with the key that it published then.
EXAMPLE = {
    "body": b'[{"token":"some_token","type":"some_type","url":"some_url"}]',
    "signature": "MEUCIQDKZokqnCjrRtw0tni+2Ltvl/uiMJ1EGumEsp1BsNr32AIgQY1YXD2nlj+XNfGK4rBfkMJ1JDOQ"
    "cYXxa2sY8FNkrKc=",
}
PUBLISHED = b"""-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE9MJJHnMfn2+H4xL4YaPDA4RpJqUq
kCmRCBnYERxZanmcpzQSXs1X/AljlKkbJ8qpVIW4clayyef9gWhFbNHWAA==
-----END PUBLIC KEY-----
"""


@pytest.fixture(autouse=True)
def scanner(settings):
    settings.SECRET_SCANNING_KEYS = {"scanner": SCANNER.public_key()}


@pytest.fixture
def key():
    return ApiKeyFactory(name="ci")


def found(text, **changes):
    return {"token": text, "type": "codestax_api_key", "url": PLACE, "source": "content"} | changes


def report(*entries, body=None, **headers):
    body = json.dumps(entries).encode() if body is None else body
    signed = {
        "Github-Public-Key-Identifier": "scanner",
        "Github-Public-Key-Signature": base64.b64encode(
            SCANNER.sign(body, ECDSA(SHA256()))
        ).decode(),
    }
    client = APIClient(headers=signed | headers)
    return client.generic("POST", REPORT, body, content_type="application/json")


def works(key):
    return APIClient(headers={"X-API-Key": key.text}).get(MEMBERS).status_code == 200


def labels(answer):
    return [one["label"] for one in answer.json()]


@pytest.fixture
def mails_of(django_capture_on_commit_callbacks):
    """Do something, and return the mails that its commits send."""

    def sent_by(action):
        with django_capture_on_commit_callbacks(execute=True):
            action()
        return sent_mails()

    return sent_by


def entries():
    """What the reports have left in the audit log."""
    rows = AuditLogSaaS.objects.filter(action="API_KEY_REVOKED").order_by("pk")
    return list(rows.values_list("org", "actor_email", "metadata"))


# What is ended.


def test_a_key_that_was_found_in_public_is_ended_at_once(key):
    before = works(key)

    answer = report(found(key.text))

    assert answer.status_code == 200
    assert labels(answer) == ["true_positive"]
    assert (before, works(key)) == (True, False)


def test_other_keys_go_on(key):
    colleague, stranger = ApiKeyFactory(membership=key.membership), ApiKeyFactory()

    report(found(key.text))

    assert works(colleague)
    assert works(stranger)


def test_the_answer_tells_texts_apart_by_their_digests(key):
    looks_alike = make_key(Environment.TEST).text

    answer = report(found(looks_alike, type="one"), found(key.text, type="two"))

    assert answer.json() == [
        {
            "token_hash": hashlib.sha256(looks_alike.encode()).hexdigest(),
            "token_type": "one",
            "label": "false_positive",
        },
        {
            "token_hash": hashlib.sha256(key.text.encode()).hexdigest(),
            "token_type": "two",
            "label": "true_positive",
        },
    ]


@pytest.mark.parametrize("spoil", ["{}x", "{} ", "x{}", "-{}"])
def test_what_is_no_key_ends_none(key, spoil):
    answer = report(found(spoil.format(key.text)))

    assert labels(answer) == ["false_positive"]
    assert works(key)


def test_the_public_part_of_a_key_with_another_secret_ends_none(key):
    forged = make_key(Environment.TEST)
    mixed = forged.text.replace(forged.public_id, key.public_id)

    report(found(mixed))

    assert works(key)


def test_keys_of_several_organizations_are_ended_in_one_report(key):
    other = ApiKeyFactory()

    report(found(key.text), found("nonsense"), found(other.text))

    assert not works(key)
    assert not works(other)
    assert [org_id for org_id, *_ in entries()] == [key.org_id, other.org_id]


@pytest.mark.parametrize("environment", Environment)
def test_the_published_rules_find_keys_and_nothing_shorter(environment):
    (rule,) = tomllib.loads((DOCS / "gitleaks.toml").read_text("utf-8"))["rules"]
    (published,) = re.findall(r"^    (cpl_\S+)$", (DOCS / "api.md").read_text("utf-8"), re.M)
    key = make_key(environment).text

    for pattern in (rule["regex"], published):
        assert re.search(pattern, f"X-API-Key: {key}\n")[0] == key
        assert not re.search(pattern, key[:-1])


# Who hears of it.


def test_the_organizations_log_says_where_it_was_found(key):
    report(found(key.text))

    ((org_id, actor, metadata),) = entries()
    assert (org_id, actor) == (key.org_id, "secret scanner")
    assert (
        metadata.items()
        >= {
            "key": key.prefix,
            "key_name": "ci",
            "reason": "found_in_public",
            "source": "content",
            "url": PLACE,
        }.items()
    )


def test_no_entry_and_no_mail_has_the_keys_text(key, mails_of):
    (message,) = mails_of(lambda: report(found(key.text, url=f"{PLACE}?key={key.text}")))

    assert key.text not in repr(entries())
    assert key.text not in message.body
    assert f"{PLACE}?key={key.prefix}" in message.body


def test_its_member_and_the_admins_get_a_mail(key, mails_of):
    admin = MembershipFactory(org=key.org, role="admin")
    for role in ("member", "viewer"):
        MembershipFactory(org=key.org, role=role)
    MembershipFactory(org=key.org, role="owner", user=UserFactory(is_active=False))
    MembershipFactory(role="owner")

    (message,) = mails_of(lambda: report(found(key.text)))

    assert sorted(message.bcc) == sorted([key.membership.user.email, admin.user.email])
    assert message.to == []
    assert PLACE in message.body
    assert key.prefix in message.body


def test_an_address_adds_no_line_to_the_mail(key, mails_of):
    url = "https://a.example/\nSign in at https://evil.example"

    (message,) = mails_of(lambda: report(found(key.text, url=url)))

    assert "\nSign in at" not in message.body


def test_a_key_that_is_reported_again_makes_no_entry_and_no_mail(key, mails_of):
    report(found(key.text))
    answers = []

    mails = mails_of(lambda: answers.append(report(found(key.text), found(key.text))))

    assert labels(answers[0]) == ["true_positive", "true_positive"]
    assert len(entries()) == 1
    assert mails == []


@pytest.mark.django_db(transaction=True)
def test_of_eight_reports_at_once_one_ends_the_key(key):
    gate = Barrier(8)

    def attempt(_):
        gate.wait()
        try:
            return labels(report(found(key.text)))
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(attempt, range(8)))

    assert answers == [["true_positive"]] * 8
    assert len(entries()) == len(sent_mails()) == 1


# Who is believed.


def test_the_example_of_githubs_documentation_is_signed():
    leaks.check_signature(load_pem_public_key(PUBLISHED), **EXAMPLE)


@pytest.mark.parametrize(
    "change",
    [
        {"body": EXAMPLE["body"] + b"\n"},
        {"signature": ""},
        {"signature": "no base64"},
        {"signature": base64.b64encode(b"no DER").decode()},
        {"signature": "\u00e9"},
    ],
)
def test_what_differs_from_what_was_signed_is_refused(change):
    with pytest.raises(UnsignedReportError):
        leaks.check_signature(load_pem_public_key(PUBLISHED), **EXAMPLE | change)


@pytest.mark.parametrize(
    "headers",
    [
        {"Github-Public-Key-Identifier": "another"},
        {"Github-Public-Key-Identifier": ""},
        {"Github-Public-Key-Signature": "AAAA"},
        {"Github-Public-Key-Signature": ""},
    ],
)
def test_an_unsigned_report_is_401_and_ends_nothing(key, headers):
    answer = report(found(key.text), **headers)

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == 'Signature realm="codestax"'
    assert works(key)
    assert entries() == []


def test_without_a_known_scanner_nobody_is_believed(settings, key):
    settings.SECRET_SCANNING_KEYS = {}

    assert report(found(key.text)).status_code == 401
    assert works(key)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"[{}]", "token: This field is required."),
        (b'{"token": "x"}', "Expected a list of items"),
        (b'[{"token": 1}, "x"]', "type: This field is required."),
        (b"[", "The body is not valid JSON."),
        (json.dumps([found("x")] * 1001).encode(), "no more than 1000"),
    ],
)
def test_a_report_of_another_form_is_400_and_says_why(body, says):
    answer = report(body=body)

    assert answer.status_code == 400
    assert says in answer.json()["detail"]


def test_an_empty_report_is_answered_with_an_empty_list():
    assert report().json() == []
