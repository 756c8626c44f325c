import json
from dataclasses import FrozenInstanceError

import pytest

from compliance.domain.catalog import (
    CATALOG_VERSION,
    DATA_DIR,
    CatalogError,
    alternate_frameworks,
    builtin_frameworks,
    load_framework,
)
from compliance.domain.conditions import canonical_condition


def test_builtins_stand_in_the_order_of_the_document():
    assert list(builtin_frameworks()) == [
        "soc2",
        "iso27001",
        "owasp",
        "pcidss",
        "hipaa",
        "nist_csf",
    ]


def test_catalog_is_read_once():
    assert builtin_frameworks() is builtin_frameworks()


@pytest.mark.parametrize(
    ("key", "name", "count"),
    [
        ("soc2", "SOC 2 Type II", 15),
        ("iso27001", "ISO/IEC 27001:2022", 16),
        ("owasp", "OWASP Top 10", 10),
        ("pcidss", "PCI DSS v4.0.1", 15),
        ("hipaa", "HIPAA", 6),
        ("nist_csf", "NIST CSF 2.0", 14),
    ],
)
def test_framework_has_its_name_and_controls(key, name, count):
    framework = builtin_frameworks()[key]

    assert (framework.key, framework.name, len(framework.controls)) == (key, name, count)
    assert not framework.custom
    assert framework.edition
    assert framework.source_urls
    assert framework.scope_note
    assert framework.cannot_speak_to


def test_only_hipaa_requires_a_plan():
    required = {key: entry.requires_plan for key, entry in builtin_frameworks().items()}

    assert {key: plan for key, plan in required.items() if plan} == {"hipaa": "enterprise"}


def test_soc2_shows_the_control_of_the_document():
    controls = {control.id: control for control in builtin_frameworks()["soc2"].controls}

    control = controls["CC6.1"]

    assert control.name == "Logical & Physical Access Controls"
    assert control.category == "Access"
    assert control.description == "Ensure no hardcoded credentials or API keys in code"
    assert control.check_type == "secrets"
    assert control.baseline == "required"
    assert control.baseline_reason == "Credential leakage is a baseline control for any codebase."
    assert {"CC2.1", "CC8.1"} <= controls.keys()


@pytest.mark.parametrize("loader", [builtin_frameworks, alternate_frameworks])
def test_every_control_is_complete(loader):
    controls = [control for entry in loader().values() for control in entry.controls]

    assert all(
        control.name and control.category and control.description and control.source
        for control in controls
    )
    assert {control.baseline for control in controls} <= {"required", "recommended", "optional"}
    assert all(control.baseline_reason.endswith(".") for control in controls)
    assert all(
        canonical_condition(control.pass_condition, control.check_type) == control.pass_condition
        for control in controls
    )


@pytest.mark.parametrize(
    ("loader", "key", "filters", "ids"),
    [(builtin_frameworks, "owasp", 9, 243), (alternate_frameworks, "owasp_2021", 9, 192)],
)
def test_owasp_controls_select_by_lists_that_do_not_overlap(loader, key, filters, ids):
    lists = [control.cwe_filter for control in loader()[key].controls if control.cwe_filter]

    assert len(lists) == filters
    assert sum(map(len, lists)) == len(frozenset().union(*lists)) == ids


def test_controls_cannot_be_changed():
    control = builtin_frameworks()["soc2"].controls[0]

    with pytest.raises(FrozenInstanceError):
        control.baseline = "optional"


def test_version_is_a_word_without_spaces():
    assert CATALOG_VERSION
    assert CATALOG_VERSION.split() == [CATALOG_VERSION]


BROKEN = {
    "wrong-count": ({"control_count": 5}, "6 controls, not 5"),
    "other-key": ({"key": "soc2"}, "holds the framework soc2"),
    "unknown-field": ({"level": 1}, "level"),
    "unknown-plan": ({"requires_plan": "gold"}, "gold"),
}
BROKEN_CONTROLS = {
    "repeated-id": ({"id": "164.312(d)"}, "164.312(d) stands 2 times"),
    "unknown-check-type": ({"check_type": "magic"}, "Unknown check_type 'magic'"),
    "unknown-condition": ({"pass_condition": "no_bugs"}, "Unknown pass_condition 'no_bugs'"),
    "alias": ({"pass_condition": "no_vulns"}, "write no_vulnerabilities"),
    "unknown-list": ({"cwe_filter": "owasp_2025.A11"}, "no list owasp_2025.A11"),
    "unknown-baseline": ({"baseline": "urgent"}, "urgent"),
}


@pytest.fixture
def broken_catalog(tmp_path):
    """Write HIPAA's file with changes to it and to its first control, which checks sca_vulns."""

    def write(changes, control_changes):
        data = {**json.loads((DATA_DIR / "hipaa.json").read_bytes()), **changes}
        data["controls"][0].update(control_changes)
        (tmp_path / "hipaa.json").write_text(json.dumps(data))
        (tmp_path / "cwe_lists.json").write_bytes((DATA_DIR / "cwe_lists.json").read_bytes())
        return tmp_path

    return write


@pytest.mark.parametrize(("changes", "message"), BROKEN.values(), ids=BROKEN)
def test_a_framework_that_contradicts_itself_stops_the_load(broken_catalog, changes, message):
    with pytest.raises(CatalogError, match="hipaa") as error:
        load_framework(broken_catalog(changes, {}), "hipaa")

    assert message in str(error.value)


@pytest.mark.parametrize(("changes", "message"), BROKEN_CONTROLS.values(), ids=BROKEN_CONTROLS)
def test_a_control_that_cannot_be_scored_stops_the_load(broken_catalog, changes, message):
    with pytest.raises(CatalogError, match="hipaa") as error:
        load_framework(broken_catalog({}, changes), "hipaa")

    assert message in str(error.value)


def test_a_missing_file_stops_the_load(tmp_path):
    with pytest.raises(CatalogError, match=r"soc2\.json"):
        load_framework(tmp_path, "soc2")
