"""The bundled tables hold what the reference says, and more only where it is silent."""

import re

import pytest

from scans.domain.tables import inverted, table
from tests.scans.domain import corpus


@pytest.fixture(autouse=True)
def _reference():
    corpus.require()


def tools():
    return corpus.reference().T


def rules():
    return corpus.reference().R


def test_every_tool_has_the_kind_of_the_reference():
    kinds = inverted(table("tools")["kinds"])

    assert {name: kinds[name] for name in tools()["tools"]} == tools()["tools"]


def test_kinds_prove_the_check_types_of_the_reference():
    """But for secrets, which a clean run of a SAST tool does not prove."""
    expected = {
        kind: set(facts["check_types"]) - ({"secrets"} if kind == "sast" else set())
        for kind, facts in tools()["kinds"].items()
        if kind != "multi"
    }

    assert {kind: set(types) for kind, types in table("tools")["check_types"].items()} == expected


def test_kinds_have_the_default_severity_of_the_reference():
    defaults = table("severities")["defaults"]

    stated = {
        kind: facts["default_severity"]
        for kind, facts in tools()["kinds"].items()
        if "default_severity" in facts
    }
    assert {kind: defaults[kind] for kind in stated} == stated


def test_cwe_sets_are_those_of_the_reference():
    sets = table("cwe_types")["sets"]
    expected = {
        name: sorted(facts["cwes"])
        for name, facts in corpus.reference().M["sets"].items()
        if name != "sast_security_explicit"
    }

    assert {name: sorted(cwes) for name, cwes in sets.items()} == expected


def test_no_derived_cwe_is_listed_by_the_reference():
    listed = {cwe for facts in corpus.reference().M["sets"].values() for cwe in facts["cwes"]}
    cwes = table("cwe_types")
    derived, chosen = inverted(cwes["derived"]), inverted(cwes["chosen"])

    assert not listed.intersection([*derived, *chosen])
    assert not set(derived).intersection(chosen)


def test_severity_words_are_those_of_the_reference():
    words = {key: word for key, word in rules()["severity_words"].items() if key != "unknown"}
    sonar = {key.lower(): word for key, word in rules()["severity_words_sonar"].items()}

    assert table("severities")["words"] == words
    assert table("severities")["sonar_words"] == sonar


def test_checkovs_grades_are_those_of_the_reference():
    assert table("severities")["checkov"] == tools()["checkov_severity"]


def test_bandits_ids_without_a_cwe_are_those_of_the_reference():
    """All others are sast_security."""
    expected = {
        name: {test_id.removeprefix("B") for test_id in ids}
        for name, ids in tools()["bandit_ids_without_cwe_tag"].items()
        if ids and name != "sast_security"
    }

    found = table("rule_classes")["bandit_ids"]
    assert {name: set(ids) for name, ids in found.items()} == expected


def test_generic_rule_ids_are_those_of_the_reference():
    expected = [(entry["regex"], entry["check_type"]) for entry in tools()["generic_rule_id"]]

    assert [(one["pattern"], one["check_type"]) for one in table("rule_classes")["any_tool"]] == (
        expected
    )


def test_infrastructure_files_are_those_of_the_reference():
    assert table("files")["iac"] == tools()["iac_files"]


LICENCE = {"ignore": "licence"}
# What the classes say in another form: answers that the next rules give, or a pattern of the ids.
ELSEWHERE = {
    "Trivy's unknown issues go by their tags": ("trivy", "UnknownIssue"),
    "CWE decides for clang-tidy's cert rules as for any quality tool": ("clang-tidy", "cert-"),
    "Ruff's S rules are told from SIM by the digit": ("ruff", "S"),
    "Ruff's ids are Bandit's": ("ruff", "S10[567]"),
    "Sonar's ids follow the repository of the rule": ("sonar", "S[0-9]{4}"),
}


def stated_classes():
    """(class, id or prefix or label, answer) of the reference, but for what stands elsewhere."""
    return [
        (name, key, LICENCE.get(answer, answer))
        for name, parts in tools()["rule_class"].items()
        for part in parts.values()
        if isinstance(part, dict)
        for key, answer in part.items()
        if not any(name == of and re.fullmatch(key_, key) for of, key_ in ELSEWHERE.values())
    ]


def test_rule_classes_are_those_of_the_reference():
    classes = table("rule_classes")["classes"]

    found = {
        (name, key.lower(), answer)
        for name, parts in classes.items()
        for part in parts.values()
        for key, answer in part.items()
    }
    expected = {
        (name, key.lower(), re.sub("^sast_by_cwe$", "by_cwe", answer))
        for name, key, answer in stated_classes()
    }
    assert expected - found == set()
