import json

import pytest

from codestax.common.errors import ReportFormatError
from scans.domain.formats import gitleaks
from tests.scans.domain import reports
from tests.scans.domain.formats.reading import finding, findings, ids, read


def leak(rule="aws-access-token", path="app/settings.py", line=7, **more):
    return {
        "RuleID": rule,
        "Description": "Identified an AWS key.",
        "StartLine": line,
        "EndLine": line,
        "Match": "key = plantedvalue",
        "Secret": "plantedvalue",
        "File": path,
        "Commit": "c0ffee",
        "Author": "Ada",
        "Email": "ada@example.org",
        "Message": "Add a key",
        "Tags": [],
        "Fingerprint": f"c0ffee:{path}:{rule}:{line}",
        **more,
    }


def old_leak(**more):
    return {
        "line": "key = plantedvalue",
        "lineNumber": 7,
        "offender": "plantedvalue",
        "rule": "AWS",
        "file": "app/settings.py",
        "commitMessage": "Add a key",
        **more,
    }


def test_a_leak_is_a_critical_secret_at_its_line():
    found = finding(gitleaks, [leak()])

    assert (found["check_type"], found["severity"]) == ("secrets", "critical")
    assert (found["rule_id"], found["path"], found["line"]) == (
        "aws-access-token",
        "app/settings.py",
        7,
    )
    assert found["message"] == "Identified an AWS key."


def test_a_generic_rule_is_high():
    assert finding(gitleaks, [leak("generic-api-key")])["severity"] == "high"


def test_old_versions_are_read_with_the_rule_for_a_message():
    found = finding(gitleaks, [old_leak()])

    assert (found["rule_id"], found["line"], found["message"]) == ("AWS", 7, "AWS")


def test_a_run_proves_that_secrets_were_looked_for():
    run = read(gitleaks, [leak()])

    assert (run.tool, run.category, run.check_types) == ("gitleaks", "", {"secrets"})
    assert run.is_complete


def test_a_secret_in_many_commits_counts_once():
    run = read(gitleaks, [leak(Commit=commit) for commit in ("c0ffee", "decade", "facade")])

    assert (len(run.rows), run.duplicates, run.results) == (1, 2, 3)


def test_two_lines_of_one_file_are_two_secrets():
    assert len(read(gitleaks, [leak(line=7), leak(line=9)]).rows) == 2


@pytest.mark.parametrize("line", [0, -1, None, "7", True, 2**40])
def test_a_line_that_is_none_is_left_out(line):
    assert finding(gitleaks, [leak(line=line)])["line"] is None


def test_a_leak_without_a_rule_is_kept():
    (found,) = findings(gitleaks, [{"File": "a.py", "StartLine": 1}])

    assert (found["rule_id"], found["path"]) == ("unknown", "a.py")


@pytest.mark.parametrize("line", [7, 0])
def test_the_same_leak_in_its_sarif_is_the_same_finding(line):
    described = [reports.rule("aws", shortDescription={"text": "Identified an AWS key."})]
    in_sarif = reports.one_run(
        reports.result("aws", "app/settings.py", line, text="Identified an AWS key."),
        tool="gitleaks",
        rules=described,
    )

    run = read(gitleaks, [leak("aws", line=line)])

    assert ids(run.rows) == ids(in_sarif.rows)
    assert (run.tool, run.category) == (in_sarif.tool, in_sarif.category)


@pytest.mark.parametrize(("field", "value"), [("RuleID", []), ("File", {}), ("StartLine", [1])])
def test_a_value_that_cannot_be_read_is_named_by_its_place(field, value):
    with pytest.raises(ReportFormatError, match=rf"valid gitleaks JSON.*\$\[0\]\.{field}"):
        read(gitleaks, [leak(**{field: value})])


def test_nothing_else_of_a_leak_is_kept():
    kept = repr(read(gitleaks, [leak(), old_leak(file="b.py")]))

    planted = ("plantedvalue", "Ada", "ada@example.org", "Add a key", "c0ffee")
    assert [word for word in planted if word in kept] == []
    assert json.dumps([leak()]).count("plantedvalue") == 2
