"""A report read by its differences to the one before comes to what the whole report says."""

import json
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scans.domain.copy_text import storable
from scans.domain.ingest import parse
from scans.domain.memo import Memory
from tests.scans.domain import corpus
from tests.scans.domain.reports import LIMITS
from tests.scans.sarif import report, result

TOOLS = ("CodeQL", "Semgrep OSS", "gitleaks", "Trivy", "Bandit", "Mystery")
SNIPPETS = ("eval(x)", "exec(y)", "")
VALUES = ("f1", "f2", "f3")


@st.composite
def results(draw):
    """One of few results, so that many share a rule, a line, code or a fingerprint."""
    rule = draw(st.sampled_from(("R1", "R2", "CVE-2024-1", "B105")))
    path = draw(st.sampled_from(("app.py", "lib/db.py", "main.tf", "/home/me/work/app.py")))
    made = result(rule, path, draw(st.integers(1, 4)))
    made["level"] = draw(st.sampled_from(("error", "warning", "note")))
    made["message"]["text"] = draw(st.sampled_from(("Look here.", "Fix lodash now.")))
    region = made["locations"][0]["physicalLocation"]["region"]
    region["snippet"] = {"text": draw(st.sampled_from(SNIPPETS))}
    made |= draw(
        st.fixed_dictionaries(
            {},
            optional={
                "fingerprints": st.dictionaries(
                    st.sampled_from(("a/v1", "b/v1")), st.sampled_from(VALUES), max_size=2
                ),
                "partialFingerprints": st.fixed_dictionaries(
                    {"primaryLocationLineHash": st.sampled_from(VALUES)}
                ),
                "suppressions": st.just([{"kind": "inSource"}]),
                "kind": st.sampled_from(("fail", "pass", "notApplicable")),
            },
        )
    )
    return made


@st.composite
def series(draw):
    """Three reports of one tool, each a few results away from the one before."""
    tool = draw(st.sampled_from(TOOLS))
    # Drawn once and then picked: to draw one takes far longer than to read it.
    known = st.sampled_from(draw(st.lists(results(), min_size=12, max_size=16)))
    found = draw(st.lists(known, min_size=20, max_size=40))
    reports = [found]
    for _ in range(2):
        gone = draw(st.sets(st.integers(0, len(found) - 1), max_size=2))
        new = draw(st.lists(known | results(), max_size=2))
        left = [one for number, one in enumerate(found) if number not in gone]
        found = draw(st.sampled_from((left + new, new + left, left[::-1] + new)))
        reports.append(found)
    return [report(*found, tool=tool) for found in reports]


def stored(reports):
    """Read one report after another, each by what is remembered of the one before."""
    rows, memo = {}, b""
    for content in reports:
        (run,) = parse(content, limits=LIMITS, memory=Memory(lambda *_, memo=memo: memo, least=0))
        memo = run.memo
        if run.rest is None:
            rows = {}
        else:
            assert run.rest.read_again <= rows.keys()
        for fingerprint in run.rest.read_again if run.rest else ():
            del rows[fingerprint]
        suppressed = sum(row[8] for row in rows.values())
        assert run.rest is None or (run.rest.rows, run.rest.suppressed) == (len(rows), suppressed)
        rows |= {row[0]: row for row in run.rows}
        yield rows, run


def assert_equal_to_whole_reports(reports):
    for content, (rows, run) in zip(reports, stored(reports), strict=True):
        (whole,) = parse(content, limits=LIMITS)
        assert rows == {row[0]: row for row in whole.rows}
        assert storable(run).all_rows == len(whole.rows)
        assert replace(run, rows=[], rest=None, memo=b"") == replace(whole, rows=[])


@pytest.mark.slow
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(series())
def test_reading_differences_comes_to_what_reading_all_does(reports):
    assert_equal_to_whole_reports(reports)


def test_scans_of_one_repository_over_years_come_to_the_same():
    corpus.require()
    names = [name for name in corpus.REAL if name.startswith("bandit-pygoat")]

    assert len(names) == 3
    assert_equal_to_whole_reports([corpus.content(name) for name in names])


def many(*changed, count=40):
    return [*changed, *(result("B602", f"part_{number}.py") for number in range(count))]


def test_only_new_results_are_read_again():
    before, after = report(*many()), report(*many(result("B301", "new.py")))

    *_, (_, run) = stored([before, after])

    assert [row[4] for row in run.rows] == ["new.py"]
    assert run.rest.rows == 40


def test_results_that_share_their_code_are_read_again_together():
    first, second = result("B602", "app.py", 5), result("B602", "app.py", 9)
    before, after = report(*many(first, second)), report(*many(second))

    *_, (_, run) = stored([before, after])

    assert [(row[4], row[5]) for row in run.rows] == [("app.py", 9)]
    assert len(run.rest.read_again) == 2


@pytest.mark.parametrize(
    "after",
    [
        report(*many(), tool="Bandit", invocations=[{"workingDirectory": {"uri": "file:///src"}}]),
        report(*many(), invocations=[{"executionSuccessful": False}]),
        report(*many(result("B301", "new.py", kind="open"))),
        report(*many(result("B301", "/unusual/place/new.py"))),
        report(*(result("B301", f"other_{number}.py") for number in range(40))),
        json.dumps({"version": "2.1.0", "runs": 2 * json.loads(report(*many()))["runs"]}).encode(),
    ],
    ids=[
        "another directory",
        "a run that failed",
        "an open question",
        "a path to guess",
        "all results are others",
        "two runs",
    ],
)
def test_a_report_is_read_whole_where_results_may_depend_on_more(after):
    *_, (_, run) = stored([report(*many()), after])

    assert run.rest is None


def test_what_is_remembered_of_another_run_is_not_used():
    *_, (_, run) = stored([report(*many()), report(*many(result("B301")), tool="Semgrep")])

    assert run.rest is None


def test_damaged_memory_is_none():
    (run,) = parse(report(*many()), limits=LIMITS, memory=Memory(lambda *_: b"\x00", least=0))

    assert run.rest is None


def test_small_reports_are_not_remembered():
    (run,) = parse(report(*many()), limits=LIMITS, memory=Memory(lambda *_: b""))

    assert run.memo == b""
