"""What a clean run is evidence for, where only the uploader knows."""

import pytest

from scans.domain.coverage import with_declared_coverage
from tests.scans.domain.reports import one_run, result

DECLARED = frozenset({"iac_issues", "secrets"})


@pytest.mark.parametrize("tool", ["Trivy", "Checkov", "Prisma Cloud", "SomeScanner"])
def test_a_clean_run_of_a_tool_of_many_or_unknown_kinds_proves_what_is_declared(tool):
    clean = one_run(tool=tool)

    assert clean.check_types == frozenset()
    assert with_declared_coverage(clean, DECLARED).check_types == DECLARED


def test_what_is_declared_comes_beside_what_the_results_show():
    found = one_run(result("CVE-2024-1"), tool="Checkov")

    covered = with_declared_coverage(found, DECLARED)

    assert covered.check_types == {"sca_vulns", *DECLARED}


@pytest.mark.parametrize("tool", ["gitleaks", "Bandit", "ESLint", "KICS", "Grype"])
def test_a_tool_of_one_kind_proves_that_kind_whatever_is_declared(tool):
    clean = one_run(tool=tool)

    assert with_declared_coverage(clean, DECLARED) == clean


@pytest.mark.parametrize(
    "failure",
    [
        {"invocations": [{"executionSuccessful": False}]},
        {"invocations": [{"toolExecutionNotifications": [{"level": "error"}]}]},
        {"results": None},
    ],
    ids=["failed", "reported-an-error", "no-results"],
)
def test_an_incomplete_run_proves_nothing_that_is_declared(failure):
    failed = one_run(tool="Trivy", **failure)

    assert with_declared_coverage(failed, DECLARED) == failed


def test_nothing_else_of_a_run_changes():
    found = one_run(result("CVE-2024-1"), tool="Trivy")

    assert with_declared_coverage(found, frozenset()) == found
