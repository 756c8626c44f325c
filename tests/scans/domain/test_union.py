"""Runs of one tool and category, read as one."""

from collections import Counter

from scans.domain.fingerprints import Draft
from scans.domain.union import Reading, united
from tests.scans.domain.reports import FIELDS


def draft(rule="R", path="a.py", line=1, **more):
    values = {
        "check_type": "sast_security",
        "severity": "high",
        "column": 0,
        "message": "text",
        "cwes": (),
        "is_suppressed": False,
        "identity": f"{rule} {path}",
        "is_whole": False,
    }
    return Draft(rule_id=rule, path=path, line=line, **values | more)


def secret(rule="key", path="a.py", line=1, **more):
    values = {"check_type": "secrets", "identity": f"{path} {line}", "is_whole": True}
    return draft(rule, path, line, **values | more)


def reading(*drafts, tool="x", category="", version="1", **more):
    values = {
        "is_complete": True,
        "check_types": frozenset({"secrets"}),
        "ignored": Counter(),
    }
    return Reading(
        tool=tool, version=version, category=category, drafts=list(drafts), **values | more
    )


def one(*readings):
    (found,) = united(readings)
    return found


def fingerprints(*readings):
    return {row[0] for row in one(*readings).rows}


def test_other_tools_and_categories_stay_apart():
    runs = united([reading(tool="y"), reading(), reading(category="web")])

    assert [(run.tool, run.category) for run in runs] == [("x", ""), ("x", "web"), ("y", "")]


def test_a_flaw_in_two_reports_counts_once_as_the_worse_and_active():
    run = one(
        reading(draft(severity="low", cwes=(79,))),
        reading(draft(severity="high", cwes=(89,), is_suppressed=True)),
    )

    (row,) = run.rows
    found = dict(zip(FIELDS, row, strict=True))
    assert (found["severity"], found["is_suppressed"]) == ("high", False)
    assert found["cwes"] == (79, 89)
    assert (run.results, run.duplicates) == (2, 1)


def test_flaws_are_told_apart_in_two_reports_as_they_are_in_one():
    flaws = [draft(line=3), draft(line=9), secret(line=3), secret(line=9)]

    assert len(fingerprints(reading(*flaws))) == 4
    assert fingerprints(reading(*flaws[::2]), reading(*flaws[1::2])) == fingerprints(
        reading(*flaws)
    )


def test_a_fingerprint_of_the_tool_that_another_report_contradicts_is_not_trusted():
    claimed = [draft("A", claims=(("v1", "login"),)), draft("B", claims=(("v1", "login"),))]

    assert fingerprints(*map(reading, claimed)) == fingerprints(reading(draft("A"), draft("B")))


def test_all_results_stay_explained():
    run = one(
        reading(draft("A"), draft("A"), ignored=Counter(kind_pass=1)),
        reading(draft("B"), ignored=Counter(kind_pass=1, baseline_absent=1)),
    )

    assert run.ignored == {"kind_pass": 2, "baseline_absent": 1}
    explained = len(run.rows) + run.duplicates + sum(run.ignored.values())
    assert run.results == explained == 6


def test_one_that_did_not_finish_leaves_the_whole_incomplete():
    run = one(reading(is_complete=False, version="2"), reading(version=""))

    assert not run.is_complete
    assert run.version == "2"


def test_what_one_proves_the_whole_proves():
    run = one(
        reading(check_types=frozenset({"secrets"})),
        reading(check_types=frozenset({"sast_auth"}), open_check_types=frozenset({"sast_auth"})),
    )

    assert run.check_types == {"secrets", "sast_auth"}
    assert run.open_check_types == {"sast_auth"}


def test_only_active_findings_tell_which_infrastructure_there_is():
    run = one(reading(draft(path="Dockerfile")), reading(draft(path="main.tf", is_suppressed=True)))

    assert run.iac_kinds == {"dockerfile"}
