import re
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orgs.domain.keys import Environment, digest, make_key, parse_key, same_digest

# The checksum of the zeros was worked out apart from the code.
KEY = f"cpl_live_{'0' * 10}_{'0' * 43}_0CeLeC"
BASE62 = string.digits + string.ascii_letters


def test_key_has_the_published_shape():
    made = make_key(Environment.TEST)

    assert re.fullmatch(r"cpl_test_[0-9A-Za-z]{10}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}", made.text)


def test_key_parses_to_what_was_made():
    made = make_key(Environment.TEST)

    parsed = parse_key(made.text)

    assert (parsed.public_id, digest(parsed.secret), parsed.secret[-4:]) == (
        made.public_id,
        made.digest,
        made.last_four,
    )


@pytest.mark.parametrize("environment", Environment)
def test_a_key_says_what_it_was_made_for(environment):
    made = make_key(environment)

    assert made.text.startswith(f"cpl_{environment}_{made.public_id}_")
    assert parse_key(made.text).environment == environment


def test_two_keys_share_nothing():
    one, other = make_key(Environment.TEST), make_key(Environment.TEST)

    assert one.public_id != other.public_id
    assert one.digest != other.digest


def test_checksum_covers_everything_before_it():
    assert parse_key(KEY) == (Environment.LIVE, "0" * 10, "0" * 43)
    assert parse_key(KEY.replace("live", "test")) is None


@settings(deadline=None)
@given(st.integers(0, len(KEY) - 1), st.sampled_from(BASE62 + "_-é"))
def test_one_changed_character_makes_no_key(position, character):
    changed = KEY[:position] + character + KEY[position + 1 :]

    assert (parse_key(changed) is None) == (changed != KEY)


@settings(deadline=None)
@given(st.text())
def test_any_other_text_is_no_key(text):
    assert parse_key(text) is None


@pytest.mark.parametrize(
    "text",
    [KEY + "\n", " " + KEY, KEY[:-1], KEY + "0", KEY.upper()],
    ids=["newline", "blank", "short", "long", "capitals"],
)
def test_near_keys_are_no_keys(text):
    assert parse_key(text) is None


def test_secret_is_not_in_the_repr():
    made = make_key(Environment.TEST)

    assert parse_key(made.text).secret not in repr(made)


def test_digests_compare():
    assert same_digest(digest("one"), digest("one"))
    assert not same_digest(digest("one"), digest("other"))
