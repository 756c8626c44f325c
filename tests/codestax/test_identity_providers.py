"""The providers of single sign-on, as the operator writes them down."""

import json

import pytest
from django.core.exceptions import ImproperlyConfigured

from codestax.identity_providers import IdentityProvider, env_providers
from tests.codestax.test_start import IMPORT, PRODUCTION, sentence, start

GOOD = {
    "id": "acme",
    "name": "Acme Directory",
    "issuer": "https://id.acme.example",
    "client_id": "codestax",
    "client_secret": "s3cret",
}


@pytest.fixture
def read(monkeypatch):
    def found(text, *, plain_http=False):
        monkeypatch.setenv("OIDC_PROVIDERS", text)
        return env_providers("OIDC_PROVIDERS", plain_http=plain_http)

    return found


def listed(*changes):
    return json.dumps([GOOD | change for change in changes])


def test_a_provider_is_the_operators_own_unless_it_is_said(read):
    assert read(listed({})) == {"acme": IdentityProvider(**GOOD)}
    assert read(listed({}))["acme"].organization is None


def test_a_provider_may_be_one_organizations_and_ask_for_a_second_factor(read):
    found = read(listed({"organization": "acme", "second_factor": True}))["acme"]

    assert (found.organization, found.second_factor) == ("acme", True)


def test_a_provider_may_have_to_show_how_somebody_signed_in_there(read):
    asked = {"acr": ["urn:a:high", "2"], "amr": ["mfa"], "max_age_minutes": 480}

    found = read(listed({"second_factor": True} | asked))["acme"]

    assert (found.acr, found.amr) == (("urn:a:high", "2"), ("mfa",))
    assert found.max_age_minutes == 480


def test_nothing_is_to_be_shown_unless_it_is_said(read):
    found = read(listed({"second_factor": True}))["acme"]

    assert (found.acr, found.amr, found.max_age_minutes) == ((), (), None)


@pytest.mark.parametrize("text", ["", "[]"])
def test_there_may_be_none(read, text):
    assert read(text) == {}


def test_the_list_may_stand_in_a_file(tmp_path, monkeypatch):
    (tmp_path / "providers.json").write_text(listed({}))
    monkeypatch.setenv("OIDC_PROVIDERS_FILE", str(tmp_path / "providers.json"))

    assert list(env_providers("OIDC_PROVIDERS", plain_http=False)) == ["acme"]


def test_a_secret_shows_in_no_message(read):
    assert "s3cret" not in repr(read(listed({})))


WRONG = {
    "no JSON": ("{", "OIDC_PROVIDERS is no JSON: write a list of objects."),
    "no list": ("{}", "OIDC_PROVIDERS must be a list of objects."),
    "no object": ("[1]", "OIDC_PROVIDERS must be a list of objects."),
    "unknown field": (listed({"tenant": "x"}), "OIDC_PROVIDERS[0] has the unknown field 'tenant'."),
    "no secret": (listed({"client_secret": None}), "OIDC_PROVIDERS[0] needs client_secret."),
    "empty organization": (
        listed({"organization": ""}),
        "OIDC_PROVIDERS[0].organization must be a text.",
    ),
    "null organization": (
        listed({"organization": None}),
        "OIDC_PROVIDERS[0].organization must be a text.",
    ),
    "second factor as text": (
        listed({"second_factor": "false"}),
        "OIDC_PROVIDERS[0].second_factor must be true or false.",
    ),
    "odd id": (
        listed({}, {"id": "a/b"}),
        "OIDC_PROVIDERS[1].id takes a-z, 0-9 and -, at most 40 of them.",
    ),
    "same id": (
        listed({}, {"issuer": "https://other.example"}),
        "Each provider of OIDC_PROVIDERS needs an id and an issuer of its own.",
    ),
    "same issuer": (
        listed({}, {"id": "other"}),
        "Each provider of OIDC_PROVIDERS needs an id and an issuer of its own.",
    ),
}


WORDS = {"text": "mfa", "nothing": [], "null": None, "number": [1], "empty": [""], "blank": ["a b"]}
WRONG |= {
    f"{one} of {name}": (
        listed({"second_factor": True, one: value}),
        f"OIDC_PROVIDERS[0].{one} must be a list of texts without blanks.",
    )
    for one in ("acr", "amr")
    for name, value in WORDS.items()
}
WRONG |= {
    f"max age {value!r}": (
        listed({"max_age_minutes": value}),
        "OIDC_PROVIDERS[0].max_age_minutes must be a whole number of at least 1.",
    )
    for value in (0, -1, True, 1.5, "60", None)
}
WRONG |= {
    f"{one} where no second factor counts": (
        listed({one: ["mfa"]} | changes),
        "OIDC_PROVIDERS[0]: acr and amr say when second_factor counts, so set it to true.",
    )
    for one, changes in (("acr", {}), ("amr", {"second_factor": False}))
}


@pytest.mark.parametrize(("text", "said"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_said(read, text, said):
    with pytest.raises(ImproperlyConfigured) as error:
        read(text)

    assert str(error.value) == said


@pytest.mark.parametrize(
    "issuer",
    [
        "http://id.acme.example",
        "http://127.0.0.1:8080",
        "ftp://id.acme.example",
        "id.acme.example",
        "https://",
        "https://[",
        "https://id.acme.example:x",
        "https://user@id.acme.example",
        "https://id.acme.example?x",
        "https://id.acme.example#x",
        "https://id.acme.example/\n",
    ],
)
def test_s36_an_issuer_is_an_https_address(read, issuer):
    with pytest.raises(ImproperlyConfigured, match="issuer must be an https address"):
        read(listed({"issuer": issuer}))


@pytest.mark.parametrize(
    ("issuer", "works"),
    [("http://127.0.0.1:8080", True), ("http://localhost", True), ("http://id.example", False)],
)
def test_on_loopback_an_issuer_may_do_without_tls(read, issuer, works):
    try:
        found = read(listed({"issuer": issuer}), plain_http=True)
    except ImproperlyConfigured:
        found = {}

    assert bool(found) == works


def test_s36_production_does_not_start_with_an_issuer_without_tls(tmp_path):
    wrong = listed({"issuer": "http://127.0.0.1:8080"})

    done = start(tmp_path / "var", *IMPORT, **PRODUCTION, OIDC_PROVIDERS=wrong)

    assert done.returncode == 1
    assert sentence(done).startswith("OIDC_PROVIDERS[0].issuer must be an https address")


SHOW = """
import sys, django
from django.urls import NoReverseMatch, reverse
django.setup()
import codestax.urls
try:
    print(reverse("sso-start", args=["acme"]))
except NoReverseMatch:
    loaded = [name for name in sys.modules if name.startswith("allauth.socialaccount")]
    print("no route,", len(loaded), "modules")
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("providers", "shown"), [("", "no route, 0 modules\n"), (listed({}), "/login/sso/acme\n")]
)
def test_s16_without_a_provider_nothing_is_routed_or_loaded(tmp_path, providers, shown):
    env = {"DJANGO_SETTINGS_MODULE": "codestax.settings", "OIDC_PROVIDERS": providers}

    done = start(tmp_path / "var", "-c", SHOW, **PRODUCTION, **env)

    assert (done.stdout, done.stderr) == (shown, "")


def test_s39_production_passes_the_deployment_checks_with_single_sign_on(tmp_path):
    checks = ("manage.py", "check", "--deploy", "--fail-level", "INFO")

    done = start(tmp_path / "var", *checks, **PRODUCTION, OIDC_PROVIDERS=listed({}))

    assert done.stdout == "System check identified no issues (0 silenced).\n"
    assert (done.returncode, done.stderr) == (0, "")
