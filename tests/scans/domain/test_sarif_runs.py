"""What counts as a run, and what a run is evidence for."""

import pytest

from codestax.common.errors import ReportFormatError
from scans.domain.formats.sarif import category
from scans.domain.formats.sarif_results import line_number
from tests.scans.domain.reports import finding, one_run, parsed, result, rule, run


def test_tool_is_the_drivers_name_as_written():
    assert one_run(tool=" Semgrep OSS ").tool == "Semgrep OSS"


def test_tool_names_are_cut():
    assert len(one_run(tool="x" * 500).tool) == 100


@pytest.mark.parametrize("name", [None, "", "  ", 5])
def test_a_run_without_a_tool_is_refused(name):
    with pytest.raises(ReportFormatError, match=r"\$\.runs\[0\]\.tool\.driver\.name"):
        one_run(tool=name)


@pytest.mark.parametrize(
    ("driver", "version"),
    [
        ({"semanticVersion": "1.2.3", "version": "v1"}, "1.2.3"),
        ({"version": "v1"}, "v1"),
        ({"semanticVersion": None, "version": None}, ""),
        ({"version": 3}, ""),
    ],
)
def test_the_semantic_version_comes_first(driver, version):
    assert one_run(driver=driver).version == version


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("", ""),
        (" nightly ", "nightly"),
        ("nightly/", "nightly"),
        ("/language:python/", "/language:python"),
        ("QDNETC/qodana/2026-08-21", "QDNETC/qodana"),
        ("build/1234", "build"),
        ("build/20260821T101500Z", "build"),
        ("build/2026-08-21T10:15:00Z", "build"),
        ("build/2026-08-21 10:15:00.5+02:00", "build"),
        ("build/10:15", "build"),
        ("build/9f86d081884c7d65", "build"),
        ("build/9f86d081-884c-4d65-a2fe-0123456789ab", "build"),
        ("build/9f86d081-884c-4d65-a2fe-0123456789ab/", "build"),
        ("Snyk/IaC/2025-01-01T00:00:00.000Z", "Snyk/IaC"),
        (f"supply-chain/local/{'0a' * 20}-17 Aug 21 18:57 +0000", "supply-chain/local"),
        ("build/feedface", "build/feedface"),
        ("tests/3.11", "tests/3.11"),
        ("tests/linux", "tests/linux"),
        ("1234", "1234"),
    ],
)
def test_category_leaves_out_what_stamps_the_run(written, kept):
    assert category(written) == kept


def test_category_is_cut():
    assert len(category("x" * 500)) == 200


def test_runs_of_one_tool_and_category_are_united():
    (found,) = parsed(
        run(result(uri="a.py"), automationDetails={"id": "x/1"}),
        run(result(uri="b.py"), automationDetails={"id": "x/2"}, driver={"version": "2"}),
    )

    assert (found.category, found.results, found.version) == ("x", 2, "2")


def test_runs_of_other_categories_stay_apart():
    found = parsed(run(automationDetails={"id": "a"}), run(automationDetails={"id": "b"}))

    assert [one.category for one in found] == ["a", "b"]


def test_united_runs_are_complete_only_if_all_are():
    (found,) = parsed(run(), run(invocations=[{"executionSuccessful": False}]))

    assert not found.is_complete


def test_the_same_result_in_united_runs_is_one_finding():
    (found,) = parsed(run(result()), run(result()))

    assert (found.results, len(found.rows), found.duplicates) == (2, 1, 1)


def test_empty_results_are_a_clean_scan():
    assert one_run().is_complete


@pytest.mark.parametrize("absence", [{"results": None}, {}])
def test_absent_results_are_not_a_clean_scan(absence):
    (found,) = parsed({"tool": {"driver": {"name": "Bandit"}}, **absence})

    assert (found.is_complete, found.results) == (False, 0)


@pytest.mark.parametrize(
    ("invocation", "is_complete"),
    [
        ({}, True),
        ({"executionSuccessful": True}, True),
        ({"executionSuccessful": False}, False),
        ({"toolExecutionNotifications": [{"level": "error"}]}, False),
        ({"toolConfigurationNotifications": [{"level": "error"}]}, False),
        ({"toolExecutionNotifications": [{"level": "warning"}, {}]}, True),
    ],
)
def test_a_failed_invocation_makes_the_run_incomplete(invocation, is_complete):
    assert one_run(invocations=[{}, invocation]).is_complete is is_complete


def test_results_in_other_files_are_refused():
    outside = {"results": [{"location": {"uri": "http://example.org"}}]}

    with pytest.raises(ReportFormatError, match="lie in other files"):
        one_run(externalPropertyFileReferences=outside)


def test_taxonomies_in_other_files_do_not_matter():
    outside = {"taxonomies": [{"location": {"uri": "http://example.org"}}], "results": []}

    assert one_run(externalPropertyFileReferences=outside).is_complete


def test_inline_external_results_make_the_run_incomplete():
    (found,) = parsed(run(), inlineExternalProperties=[{"results": [result()]}])

    assert (found.is_complete, found.results) == (False, 0)


@pytest.mark.parametrize(
    ("tool", "proved"),
    [
        ("gitleaks", {"secrets"}),
        ("Grype", {"sca_vulns"}),
        ("KICS", {"iac_issues"}),
        ("ESLint", {"code_quality"}),
        ("Bandit", {"sast_security", "sast_auth", "sast_crypto"}),
        ("Trivy", set()),
        ("SomeScanner", set()),
    ],
)
def test_a_clean_run_proves_what_its_tool_looks_for(tool, proved):
    assert one_run(tool=tool).check_types == proved


def test_secrets_found_by_a_sast_tool_prove_no_secrets_check():
    found = one_run(result("B105"), tool="Bandit")

    assert "secrets" not in found.check_types


def test_enabled_rules_show_what_an_unknown_tool_looks_for():
    off = rule("CVE-2024-1", defaultConfiguration={"enabled": False})

    found = one_run(rules=[rule("R1", tags=["security"]), off])

    assert found.check_types == {"sast_security"}


def test_rules_that_an_invocation_switches_off_prove_nothing():
    override = {"descriptor": {"id": "R1"}, "configuration": {"enabled": False}}

    found = one_run(
        rules=[rule("R1", tags=["security"])],
        invocations=[{"ruleConfigurationOverrides": [override]}],
    )

    assert found.check_types == set()


def test_results_show_what_a_mixed_tool_looks_for():
    found = one_run(result("CVE-2024-1"), result("CKV_AWS_1"), tool="Checkov")

    assert found.check_types == {"sca_vulns", "iac_issues"}


def test_licences_are_no_check_type():
    found = one_run(result("BC_LIC_1"), tool="Checkov")

    assert (found.check_types, found.rows[0][1]) == (set(), "licence")


def test_what_does_not_apply_has_not_been_checked():
    found = one_run(result("CVE-2024-1", kind="notApplicable"))

    assert found.check_types == set()


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("pass", "kind_pass"),
        ("open", "kind_open"),
        ("notApplicable", "kind_not_applicable"),
        ("informational", "kind_informational"),
    ],
)
def test_results_that_are_no_failures_are_counted_as_ignored(kind, reason):
    found = one_run(result(kind=kind))

    assert (found.rows, found.ignored) == ([], {reason: 1})


def test_open_results_leave_their_check_undecided():
    found = one_run(result("B602", kind="open"), tool="Bandit")

    assert found.open_check_types == {"sast_security"}


def test_an_open_result_of_another_check_leaves_nothing_undecided():
    found = one_run(result("B105", kind="open"), tool="Bandit")

    assert found.open_check_types == set()


def test_results_for_review_are_kept_as_info():
    assert finding(result(kind="review"), tool="Bandit")["severity"] == "info"


@pytest.mark.parametrize("kind", ["fail", None, "nonsense", 5])
def test_other_kinds_are_failures(kind):
    assert len(one_run(result(kind=kind)).rows) == 1


def test_what_is_gone_since_the_baseline_is_no_finding():
    found = one_run(result(baselineState="absent"))

    assert (found.rows, found.ignored) == ([], {"baseline_absent": 1})


@pytest.mark.parametrize("state", ["new", "unchanged", "updated", None])
def test_other_baseline_states_count(state):
    assert len(one_run(result(baselineState=state)).rows) == 1


@pytest.mark.parametrize(
    ("suppressions", "is_suppressed"),
    [
        (None, False),
        ([], False),
        ([{"kind": "inSource"}], True),
        ([{"status": "accepted"}], True),
        ([{"state": "accepted"}], True),
        ([{"state": "rejected"}], False),
        ([{"status": "underReview"}], False),
        ([{"status": "rejected"}], False),
        ([{"status": "accepted"}, {"status": "rejected"}], False),
    ],
)
def test_suppressions_count_unless_one_is_pending_or_rejected(suppressions, is_suppressed):
    assert finding(result(suppressions=suppressions))["is_suppressed"] is is_suppressed


def test_old_grypes_suppressions_and_baselines_do_not_count():
    found = finding(
        result("CVE-2020-1", suppressions=[{}], baselineState="absent"),
        tool="Anchore Container Vulnerability Report (T0)",
    )

    assert not found["is_suppressed"]


def test_every_result_is_explained():
    found = one_run(
        result(), result(), result(kind="pass"), result("R2", suppressions=[{}]), result("R3")
    )

    assert found.results == len(found.rows) + found.duplicates + sum(found.ignored.values())


@pytest.mark.parametrize(
    ("written", "line"),
    [
        (12, 12),
        (12.0, 12),
        (0, None),
        (-5, None),
        (3.7, None),
        ("12", None),
        (True, None),
        (None, None),
        (2**31, None),
        (1e300, None),
    ],
)
def test_a_line_is_a_number_from_one_on(written, line):
    assert line_number(written) == line


def test_a_result_without_location_counts():
    bare = {"ruleId": "R1", "message": {"text": "x"}}

    assert (finding(bare)["path"], finding(bare)["line"]) == ("", None)


@pytest.mark.parametrize("location", [{}, {"physicalLocation": {}}, {"physicalLocation": None}])
def test_an_empty_location_counts(location):
    assert finding({"ruleId": "R1", "locations": [location]})["path"] == ""


def test_infrastructure_kinds_come_from_active_findings():
    found = one_run(
        result(uri="main.tf"), result(uri="docker/Dockerfile", suppressions=[{}]), tool="KICS"
    )

    assert found.iac_kinds == {"terraform"}


def test_null_is_the_same_as_absent():
    bare = {
        "ruleId": "R1",
        "message": None,
        "locations": None,
        "taxa": None,
        "properties": None,
        "fingerprints": None,
        "partialFingerprints": None,
    }

    assert finding(bare, invocations=None, artifacts=None)["rule_id"] == "R1"


@pytest.mark.parametrize(
    "broken",
    [{"results": [1]}, {"results": {"a": 1}}, {"results": [{"ruleId": {}}]}, {"artifacts": 1}],
)
def test_wrong_shapes_are_refused_with_their_path(broken):
    with pytest.raises(ReportFormatError, match=r"\$\.runs\[0\]\.(results|artifacts)"):
        parsed({**run(), **broken})


def test_rules_of_a_wrong_shape_are_refused():
    with pytest.raises(ReportFormatError, match="rules"):
        one_run(driver={"rules": {"a": 1}})
