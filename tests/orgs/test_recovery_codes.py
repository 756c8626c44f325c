"""Recovery codes at rest: what a row keeps, what a check does to it, and rows of other releases."""

import itertools
import json

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from argon2.low_level import Type, hash_secret_raw
from django.db import transaction

from codestax.doctor.rounds import examine
from codestax.settings import RECOVERY_CODE_COST
from orgs.services import second_factor
from orgs.services.second_factor import Kind
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def user():
    return UserFactory()


@pytest.fixture
def codes(user):
    return second_factor.begin(user, second_factor.new_secret())


@pytest.fixture
def of_former_release(user):
    """The codes of a row that holds the library's seed."""
    second_factor.begin(user, second_factor.new_secret())
    Authenticator.objects.filter(type=Kind.RECOVERY).delete()
    return RecoveryCodes.activate(user).generate_codes()


def row():
    return Authenticator.objects.get(type=Kind.RECOVERY)


def digests():
    return json.loads(get_adapter().decrypt(row().data["digests"]))


def spend(user, code):
    with transaction.atomic():
        return second_factor.spend(user, code)


def tampered(code):
    """Another code, which differs in its last digit."""
    return code[:-1] + str((int(code[-1]) + 1) % 10)


# What is kept.


def test_a_code_is_kept_as_argon2id_with_the_salt_and_the_cost_of_its_row(user, codes):
    """Computed here from what the page shows and what the row says, and by none of our code."""
    data = row().data

    computed = [
        hash_secret_raw(
            code.replace("-", "").encode(),
            bytes.fromhex(data["salt"]),
            **data["argon2id"],
            hash_len=32,
            type=Type.ID,
        ).hex()
        for code in codes
    ]

    assert digests() == computed
    assert len(set(computed)) == 10


def test_the_cost_is_what_owasp_asks_of_argon2id(settings, user):
    settings.RECOVERY_CODE_COST = RECOVERY_CODE_COST  # the product's: that of other tests is less
    second_factor.begin(user, second_factor.new_secret())

    assert row().data["argon2id"] == {"time_cost": 2, "memory_cost": 19 * 1024, "parallelism": 1}


def test_each_set_has_a_random_salt_of_128_bits(user):
    salts = set()
    for _ in range(3):
        second_factor.renew_recovery_codes(user)
        salts.add(row().data["salt"])

    assert len(salts) == 3
    assert {len(bytes.fromhex(salt)) for salt in salts} == {16}


def test_neither_the_codes_nor_their_digests_can_be_read_in_the_row(user, codes):
    plain = [code.replace("-", "") for code in codes]
    kept = repr(row().data)

    assert [one for one in itertools.chain(plain, codes, digests()) if one in kept] == []


def test_a_set_of_another_cost_goes_on(user, codes):
    """A later release may make a guess dearer: what is kept says what it was made with."""
    found, cost = row(), {"time_cost": 2, "memory_cost": 16, "parallelism": 1}
    salt = bytes.fromhex(found.data["salt"])
    cheap = hash_secret_raw(b"123456789012", salt, **cost, hash_len=32, type=Type.ID).hex()
    found.data |= {"argon2id": cost, "digests": get_adapter().encrypt(json.dumps([cheap]))}
    found.save()

    assert spend(user, "1234-5678-9012") is Kind.RECOVERY


# What a check does.


def test_a_used_code_is_removed_and_the_others_stay(user, codes):
    before = digests()

    assert spend(user, codes[3]) is Kind.RECOVERY
    assert digests() == before[:3] + before[4:]
    assert second_factor.recovery_codes_left(user) == 9
    assert spend(user, codes[3]) is None


def test_all_ten_are_good_and_then_there_is_none(user, codes):
    spent = [spend(user, code) for code in codes]

    assert spent == [Kind.RECOVERY] * 10
    assert second_factor.recovery_codes_left(user) == 0
    assert [spend(user, code) for code in codes[:2]] == [None, None]


SPOILT = {
    "another digit": tampered,
    "one too few": lambda code: code[:-1],
    "one too many": lambda code: f"{code}0",
    "nothing": lambda code: "",
    "dashes": lambda code: "---",
    "digits of another script": lambda code: "\u0661" * 12,
    "half a character": lambda code: "\ud800",
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
def test_another_code_is_refused_and_changes_nothing(user, codes, spoil):
    before = row().data

    assert spend(user, spoil(codes[0])) is None
    assert row().data == before


def test_somebody_elses_code_is_refused(codes):
    other = UserFactory()
    second_factor.begin(other, second_factor.new_secret())

    assert spend(other, codes[0]) is None


# A row of the release before.


def test_codes_of_a_former_releases_seed_are_good_once(user, of_former_release):
    spent = [spend(user, of_former_release[at]) for at in (0, 0, 9)]

    assert spent == [Kind.RECOVERY, None, Kind.RECOVERY]
    assert second_factor.recovery_codes_left(user) == 8


def test_new_codes_take_the_place_of_a_former_releases_seed(user, of_former_release):
    fresh = second_factor.renew_recovery_codes(user)

    assert spend(user, of_former_release[0]) is None
    assert spend(user, fresh[0]) is Kind.RECOVERY


# A process of the release before, which has the library's class alone.


def test_a_former_process_finds_no_code_in_a_new_row(user, codes):
    former = RecoveryCodes(row())

    assert former.generate_codes() == []
    assert former.get_unused_codes() == []
    assert not any(former.validate_code(code.replace("-", "")) for code in codes)


def test_a_former_process_leaves_a_new_row_as_it_was(user, codes):
    RecoveryCodes(row()).validate_code(codes[0].replace("-", ""))

    assert spend(user, codes[0]) is Kind.RECOVERY


def test_the_former_doctor_can_decrypt_what_it_tries(user, codes):
    assert get_adapter().decrypt(row().data["seed"]) == ""


# Another SECRET_KEY.


@pytest.mark.parametrize("kept_by", ["codes", "of_former_release"])
def test_without_the_secret_key_the_doctor_names_the_user(user, settings, request, kept_by):
    made = request.getfixturevalue(kept_by)
    Authenticator.objects.filter(type=Kind.APP).delete()
    settings.SECRET_KEY = "another one " * 5

    (found,) = [problem for problem in examine() if problem.area == "sign-in"]

    assert f"user {user.pk}:" in found.sentence
    assert spend(user, made[0]) is None
    assert second_factor.recovery_codes_left(user) == 0


def test_a_used_code_moves_the_set_to_the_present_secret_key(user, codes, settings):
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another one " * 5, [settings.SECRET_KEY]
    spend(user, codes[0])
    Authenticator.objects.filter(type=Kind.APP).delete()
    settings.SECRET_KEY_FALLBACKS = []

    assert second_factor.recovery_codes_left(user) == 9
    assert [problem for problem in examine() if problem.area == "sign-in"] == []
