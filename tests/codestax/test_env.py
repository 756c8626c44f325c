from urllib.parse import urlencode

import pytest
from django.core.exceptions import ImproperlyConfigured

from codestax import env

NAME = "CODESTAX_TEST_VALUE"


@pytest.fixture
def value(monkeypatch):
    """Sets the variable; without a call it is not there."""
    monkeypatch.delenv(NAME, raising=False)
    monkeypatch.delenv(f"{NAME}_FILE", raising=False)

    def put(text, name=NAME):
        monkeypatch.setenv(name, str(text))

    return put


def refusal(read, *args, **options):
    with pytest.raises(ImproperlyConfigured) as caught:
        read(*args, **options)
    return str(caught.value)


@pytest.mark.usefixtures("value")
@pytest.mark.parametrize(
    ("read", "default"),
    [(env.env_str, "x"), (env.env_bool, True), (env.env_int, 7), (env.env_list, ["a"])],
)
def test_a_variable_that_is_not_set_has_its_default(read, default):
    assert read(NAME, default=default) == default


@pytest.mark.usefixtures("value")
def test_a_secret_has_no_default():
    assert env.env_secret(NAME) is None


@pytest.mark.parametrize(("text", "meant"), [("true", True), ("false", False)])
def test_a_switch_is_true_or_false(value, text, meant):
    value(text)

    assert env.env_bool(NAME, default=not meant) is meant


@pytest.mark.parametrize("text", ["", "1", "yes", "True", " true", "on"])
def test_any_other_switch_is_refused(value, text):
    value(text)

    said = refusal(env.env_bool, NAME, default=False)

    assert said == f"{NAME} must be 'true' or 'false', not {text!r}."


def test_one_of_several_is_read(value):
    assert env.env_choice(NAME, ("live", "test"), default="live") == "live"

    value("test")

    assert env.env_choice(NAME, ("live", "test"), default="live") == "test"


def test_none_of_them_is_refused(value):
    value("Live")

    said = refusal(env.env_choice, NAME, ("live", "test"), default="live")

    assert said == f"{NAME} must be live or test, not 'Live'."


@pytest.mark.parametrize(("text", "number"), [("2", 2), ("0040", 40)])
def test_a_number_is_read(value, text, number):
    value(text)

    assert env.env_int(NAME, default=0, minimum=2) == number


@pytest.mark.parametrize("text", ["", "1", "-3", "2.5", "1e3", "٣", "²", " 5", "5_0", "many"])
def test_a_number_that_is_none_or_too_small_is_refused(value, text):
    value(text)

    said = refusal(env.env_int, NAME, default=9, minimum=2)

    assert said == f"{NAME} must be a whole number of at least 2, not {text!r}."


@pytest.mark.parametrize("text", ["1", "3"])
def test_a_number_may_be_one_of_a_few(value, text):
    value(text)

    assert env.env_int(NAME, default=0, minimum=1, maximum=3) == int(text)


@pytest.mark.parametrize("text", ["0", "4", "30", "few"])
def test_a_number_that_is_too_large_is_refused(value, text):
    value(text)

    said = refusal(env.env_int, NAME, default=1, minimum=1, maximum=3)

    assert said == f"{NAME} must be a whole number from 1 to 3, not {text!r}."


@pytest.mark.parametrize(
    ("text", "parts"), [("a", ["a"]), (" a , b,", ["a", "b"]), ("", []), (" , ", [])]
)
def test_a_list_is_split_at_its_commas(value, text, parts):
    value(text)

    assert env.env_list(NAME, default=["z"]) == parts


def test_an_empty_secret_is_none(value):
    value("")

    assert env.env_secret(NAME) is None


def test_a_secret_is_read_from_its_file(value, tmp_path):
    (tmp_path / "secret").write_text("s3cret\n")
    value(tmp_path / "secret", f"{NAME}_FILE")
    value("not this one")

    assert env.env_secret(NAME) == "s3cret"


def test_a_secrets_file_that_cannot_be_read_is_refused(value, tmp_path):
    value(tmp_path / "none", f"{NAME}_FILE")

    said = refusal(env.env_secret, NAME)

    assert said == f"{NAME}_FILE cannot be read: No such file or directory."


def test_a_secrets_file_that_is_no_text_is_refused(value, tmp_path):
    (tmp_path / "secret").write_bytes(b"\xff\xfe")
    value(tmp_path / "secret", f"{NAME}_FILE")

    assert refusal(env.env_secret, NAME) == f"{NAME}_FILE cannot be read: it is no UTF-8 text."


@pytest.mark.parametrize("scheme", ["postgresql", "postgres"])
def test_a_database_url_becomes_djangos_settings(scheme):
    config = env.env_database(f"{scheme}://ada:p%40ss@db.example:6432/codestax?sslmode=require")

    assert config["ENGINE"] == "codestax.postgresql"
    assert (config["USER"], config["PASSWORD"]) == ("ada", "p@ss")
    assert (config["HOST"], config["PORT"], config["NAME"]) == ("db.example", 6432, "codestax")
    assert config["OPTIONS"]["sslmode"] == "require"


def test_a_certificate_in_place_of_a_password_reaches_the_driver():
    wanted = {
        "sslmode": "verify-full",
        "sslrootcert": "/run/ca.crt",
        "sslcert": "/run/app.crt",
        "sslkey": "/run/app.key",
    }

    config = env.env_database(f"postgresql://codestax_app@db.example/x?{urlencode(wanted)}")

    assert config["OPTIONS"].items() >= wanted.items()
    assert config["PASSWORD"] == ""


def test_a_database_url_may_say_how_long_a_connection_is_waited_for():
    plain = env.env_database("postgresql://db.example/codestax")
    patient = env.env_database("postgresql://db.example/codestax?connect_timeout=30")

    assert plain["OPTIONS"]["connect_timeout"] == 5
    assert patient["OPTIONS"]["connect_timeout"] == 30


@pytest.mark.parametrize("url", ["sqlite:///x.db", "mysql://u@h/x", "host=db", "POSTGRESQL://h/x"])
def test_another_engines_url_is_refused(url):
    assert refusal(env.env_database, url) == "DATABASE_URL must start with postgresql://."


@pytest.mark.parametrize("url", ["postgresql://h:port/x", "postgresql://[::1/x"])
def test_a_url_that_cannot_be_read_is_refused_without_repeating_its_password(url):
    said = refusal(env.env_database, url.replace("//", "//ada:s3cret@"))

    assert said == "DATABASE_URL is not a URL that can be read."


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("smtp+tls://u:p@mail.example:587", ("mail.example", 587, "u", "p", True, False)),
        ("smtp+ssl://u:p%40@mail.example:465", ("mail.example", 465, "u", "p@", False, True)),
        ("smtp://mail.example", ("mail.example", 25, None, None, False, False)),
    ],
    ids=["starttls", "tls", "plain"],
)
def test_a_mail_servers_address_is_read(url, found):
    names = ("HOST", "PORT", "HOST_USER", "HOST_PASSWORD", "USE_TLS", "USE_SSL")
    config = env.env_email(url)

    assert tuple(config[f"EMAIL_{name}"] for name in names) == found


@pytest.mark.parametrize(
    "url", ["s3cret", "https://u:s3cret@x", "smtp://u:s3cret@x:port", "smtp://u:s3cret@[x"]
)
def test_a_bad_mail_address_is_named_without_its_password(url):
    said = refusal(env.env_email, url)

    assert said == "EMAIL_URL must be like smtp+tls://user:password@host:587."


def test_a_file_is_named_by_its_path(value, tmp_path):
    path = tmp_path / "list"
    path.write_text("")
    value(path)

    assert env.env_file(NAME) == str(path)


@pytest.mark.usefixtures("value")
def test_an_unset_file_is_none():
    assert env.env_file(NAME) is None


def test_an_empty_name_of_a_file_is_none(value):
    value("")

    assert env.env_file(NAME) is None


def test_a_file_that_is_not_there_is_refused_without_its_path(value, tmp_path):
    value(tmp_path / "nowhere")

    assert refusal(env.env_file, NAME) == f"{NAME} cannot be read: No such file or directory."
