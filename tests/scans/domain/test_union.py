"""Several reports of one request, read as one."""

from scans.domain.findings import ParsedRun
from scans.domain.union import unite


def row(fingerprint, severity="high", *, is_suppressed=False):
    return (fingerprint, "secrets", severity, "R", "a.py", 1, "text", (), is_suppressed)


def run(*rows, tool="x", category="", version="1", **more):
    values = {
        "is_complete": True,
        "check_types": frozenset({"secrets"}),
        "open_check_types": frozenset(),
        "results": len(rows),
        "duplicates": 0,
    }
    return ParsedRun(
        tool=tool, version=version, category=category, rows=list(rows), **values | more
    )


def test_other_tools_and_categories_stay_apart():
    united = unite([run(tool="y"), run(), run(category="web")])

    assert [(one.tool, one.category) for one in united] == [("x", ""), ("x", "web"), ("y", "")]


def test_a_flaw_in_two_reports_counts_once_as_the_worse_and_active():
    (united,) = unite([run(row(b"1", "low")), run(row(b"1", "high", is_suppressed=True))])

    assert united.rows == [row(b"1", "high")]
    assert (united.results, united.duplicates) == (2, 1)


def test_all_results_stay_explained():
    (united,) = unite(
        [
            run(row(b"1"), results=3, duplicates=1, ignored={"kind_pass": 1}),
            run(row(b"2"), results=3, ignored={"kind_pass": 1, "baseline_absent": 1}),
        ]
    )

    assert united.ignored == {"kind_pass": 2, "baseline_absent": 1}
    explained = len(united.rows) + united.duplicates + sum(united.ignored.values())
    assert united.results == explained == 6


def test_one_that_did_not_finish_leaves_the_whole_incomplete():
    (united,) = unite([run(is_complete=False, version="2"), run(version="")])

    assert not united.is_complete
    assert united.version == "2"
