import msgspec
import pytest

from compliance.domain.catalog import builtin_frameworks
from compliance.domain.policy import (
    Policy,
    applicable_controls,
    available_frameworks,
    enabled_frameworks,
    is_plan_locked,
)
from tests.compliance.domain.scoring_builders import control, everything, framework, policy

BUILTINS = ["soc2", "iso27001", "owasp", "pcidss", "hipaa", "nist_csf"]


def keys(frameworks):
    return [entry.key for entry in frameworks]


def own(key, name):
    return framework(control("secrets", "no_secrets"), key=key, name=name)


def test_available_lists_builtins_then_custom_by_name():
    organization = everything(custom=(own("zz", "Beta"), own("yy", "alpha"), own("aa", "Beta")))

    assert keys(available_frameworks(organization)) == [*BUILTINS, "yy", "aa", "zz"]


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        ("free", ["soc2", "iso27001", "owasp", "pcidss", "nist_csf", "own"]),
        ("team", ["soc2", "iso27001", "owasp", "pcidss", "nist_csf", "own"]),
        ("enterprise", [*BUILTINS, "own"]),
    ],
)
def test_without_a_selection_everything_that_the_plan_permits_is_enabled(plan, expected):
    organization = everything(plan=plan, custom=(own("own", "Own"),))

    assert keys(enabled_frameworks(organization)) == expected


@pytest.mark.parametrize(
    ("plan", "selection", "expected"),
    [
        ("team", (), []),
        ("team", ("owasp", "soc2"), ["soc2", "owasp"]),
        ("team", ("hipaa", "soc2"), ["soc2"]),
        ("enterprise", ("hipaa", "soc2"), ["soc2", "hipaa"]),
        ("team", ("gone", "own"), ["own"]),
    ],
)
def test_a_selection_enables_what_exists_and_is_not_locked(plan, selection, expected):
    organization = everything(plan=plan, enabled=selection, custom=(own("own", "Own"),))

    assert keys(enabled_frameworks(organization)) == expected


@pytest.mark.parametrize(
    ("plan", "locked"), [("free", True), ("team", True), ("enterprise", False)]
)
def test_hipaa_is_locked_below_enterprise(plan, locked):
    assert is_plan_locked(builtin_frameworks()["hipaa"], plan) is locked
    assert not is_plan_locked(builtin_frameworks()["soc2"], plan)


def test_disabled_controls_are_not_applicable_in_their_own_framework_only():
    organization = everything(disabled={"soc2": ("CC8.1", "CC2.1", "gone"), "owasp": ("CC6.1",)})
    soc2 = builtin_frameworks()["soc2"]

    applicable = applicable_controls(soc2, organization)

    assert [c.id for c in soc2.controls if c not in applicable] == ["CC2.1", "CC8.1"]
    assert applicable_controls(builtin_frameworks()["owasp"], organization) == (
        builtin_frameworks()["owasp"].controls
    )


def test_custom_controls_get_a_baseline_and_keep_what_they_say():
    organization = policy(own("own", "Own"))

    converted = available_frameworks(organization)[-1]

    assert (converted.key, converted.name, converted.custom) == ("own", "Own", True)
    assert converted.requires_plan is None
    assert converted.controls[0].pass_condition == "no_secrets"
    assert converted.controls[0].baseline == "recommended"
    assert converted.controls[0].baseline_reason == "Your organization defined this control."


def test_a_policy_survives_its_storage_as_json():
    stored = everything(disabled={"soc2": ("CC8.1",)}, custom=(own("own", "Own"),))

    again = msgspec.json.decode(msgspec.json.encode(stored), type=Policy)

    assert again == stored
    assert hash(again) == hash(stored)


def test_policies_that_differ_in_anything_are_not_mixed_up():
    first = policy(framework(control("secrets", "no_secrets")))
    second = policy(framework(control("secrets", "no_high_secrets")))

    assert available_frameworks(first)[-1].controls[0].pass_condition == "no_secrets"
    assert available_frameworks(second)[-1].controls[0].pass_condition == "no_high_secrets"
