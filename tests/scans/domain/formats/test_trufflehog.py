import json

import pytest

from codestax.common.errors import ReportFormatError
from scans.domain.findings import ReportLimits
from scans.domain.formats import trufflehog
from scans.domain.ingest import parse
from tests.scans.domain.formats.reading import LIMITS, ids, read_text
from tests.scans.domain.reports import FIELDS, one_run, result

GIT = {"Git": {"commit": "c0ffee", "file": "deploy/.env", "email": "ada@example.org", "line": 4}}
SECRET = "plantedvalue"


def found(detector="AWS", place=GIT, **more):
    return {
        "SourceMetadata": {"Data": place},
        "SourceID": 1,
        "SourceType": 16,
        "SourceName": "trufflehog - git",
        "DetectorType": 2,
        "DetectorName": detector,
        "DecoderName": "PLAIN",
        "Verified": False,
        "Raw": SECRET,
        "RawV2": SECRET * 2,
        "Redacted": SECRET,
        "ExtraData": {"account": "595918472158", "token": SECRET},
        "StructuredData": None,
        **more,
    }


def logged(msg="running source", level="info-0", **more):
    stamp = "2024-05-01T10:00:00Z"
    return {"level": level, "ts": stamp, "logger": "trufflehog", "msg": msg, **more}


FINISHED = logged("finished scanning", chunks=7, trufflehog_version="3.81.9")
FAILED = logged("error scanning repo", "error", error=f"https://x:{SECRET}@example.org")


def lines(*documents):
    return "".join(json.dumps(one) + "\n" for one in documents).encode()


def run_of(*documents):
    return read_text(trufflehog, lines(*documents))


def finding(*documents):
    (row,) = run_of(*documents).rows
    return dict(zip(FIELDS, row, strict=True))


def test_a_finding_is_a_critical_secret_of_its_detector():
    row = finding(found())

    assert (row["check_type"], row["severity"], row["rule_id"]) == ("secrets", "critical", "AWS")
    assert (row["path"], row["line"], row["message"]) == ("deploy/.env", 4, "AWS")


def test_a_verified_secret_says_so():
    row = finding(found("Generic", Verified=True))

    assert (row["severity"], row["message"]) == ("critical", "Generic, verified to be in use")


def test_a_detector_without_a_name_goes_by_its_number():
    assert finding(found(detector=""))["rule_id"] == "2"


@pytest.mark.parametrize(
    ("place", "path", "line"),
    [
        ({"Github": {"repository": "https://example.org/r", "file": "a.py", "line": 9}}, "a.py", 9),
        ({"Gitlab": {"file": "a.py", "line": 9}}, "a.py", 9),
        ({"Filesystem": {"file": "/home/runner/work/shop/shop/a.py", "line": 2}}, "a.py", 2),
        ({"Filesystem": {"file": "./src/a.py"}}, "src/a.py", None),
        (
            {"Docker": {"file": "/etc/.env", "image": "me/shop", "tag": "1"}},
            "me/shop/etc/.env",
            None,
        ),
        ({"S3": {"bucket": "backups", "file": "db.sql"}}, "backups/db.sql", None),
        ({"GCS": {"bucket": "backups", "filename": "db.sql"}}, "backups/db.sql", None),
        ({"Jenkins": {"project_name": "shop", "build_number": 7}}, "", None),
        ({"Stdin": {}}, "", None),
        ({"Git": None}, "", None),
        ({}, "", None),
        (None, "", None),
    ],
    ids=json.dumps,
)
def test_each_kind_of_source_names_the_place_in_its_own_way(place, path, line):
    row = finding(found(place=place))

    assert (row["path"], row["line"]) == (path, line)


def test_a_secret_in_many_commits_counts_once():
    commits = [{"Git": {**GIT["Git"], "commit": str(number)}} for number in range(3)]

    run = run_of(*(found(place=commit) for commit in commits))

    assert (len(run.rows), run.duplicates, run.results) == (1, 2, 3)


def test_a_finding_of_version_2_has_no_line():
    old = {
        "branch": "main",
        "commit": "Add a key",
        "path": "notes.txt",
        "diff": SECRET,
        "printDiff": SECRET,
        "reason": "High Entropy",
        "stringsFound": [SECRET],
    }

    row = finding(old)

    assert (row["rule_id"], row["severity"]) == ("High Entropy", "high")
    assert (row["path"], row["line"]) == ("notes.txt", None)


def test_the_same_secret_in_its_sarif_is_the_same_finding():
    in_sarif = one_run(result("AWS", "deploy/.env", 4), tool="trufflehog")

    run = run_of(found())

    assert ids(run.rows) == ids(in_sarif.rows)
    assert (run.tool, run.category) == (in_sarif.tool, in_sarif.category)


def test_findings_without_a_log_are_a_complete_run():
    run = run_of(found())

    assert (run.is_complete, run.check_types, run.version) == (True, {"secrets"}, "")


@pytest.mark.parametrize("others", [[], [found()], [logged(), found(), logged("x", "info-2")]])
def test_a_log_that_ends_the_scan_is_a_complete_run(others):
    run = run_of(*others, FINISHED)

    assert (run.is_complete, run.version) == (True, "3.81.9")
    assert run.results == sum("SourceMetadata" in one for one in others)


@pytest.mark.parametrize(
    "documents",
    [
        [logged()],
        [logged(), found()],
        [FAILED, FINISHED],
        [found(), FAILED, FINISHED],
        [logged(level="fatal")],
    ],
    ids=["begun", "cut-off", "failed", "failed-with-findings", "fatal"],
)
def test_a_log_of_a_run_that_failed_proves_nothing(documents):
    (run,) = parse(lines(*documents), limits=LIMITS)

    assert not run.is_complete


def test_a_log_alone_is_recognised_as_a_clean_run():
    (run,) = parse(lines(logged(), FINISHED), limits=LIMITS)

    assert (run.tool, run.results, run.is_complete) == ("trufflehog", 0, True)


@pytest.mark.parametrize("end", [b"", b"\n\n", b"\r\n \r\n"])
def test_empty_lines_are_skipped(end):
    text = lines(found()).replace(b"\n", b"\r\n") + end

    assert len(read_text(trufflehog, text).rows) == 1


def test_a_line_that_was_cut_off_refuses_the_report():
    with pytest.raises(ReportFormatError, match="cut off"):
        parse(lines(found(), found())[:-20], limits=LIMITS)


@pytest.mark.parametrize("stray", [{}, {"error": "x"}, logged() | {"logger": "other"}])
def test_a_line_of_something_else_refuses_the_report(stray):
    with pytest.raises(ReportFormatError, match="line 2 is neither a finding nor"):
        parse(lines(found(), stray), limits=LIMITS)


def test_a_value_that_cannot_be_read_is_named_by_its_line_and_place():
    with pytest.raises(ReportFormatError, match=r"at line 2, \$\.SourceMetadata\.Data"):
        parse(lines(found(), found(place=[])), limits=LIMITS)


def test_half_a_character_in_a_later_line_is_replaced():
    other = {"Git": {"file": "b.py"}}
    text = lines(found(), found("X", other)).replace(b'"X"', b'"X\\ud800"')

    (run,) = parse(text, limits=LIMITS)

    assert [row[3] for row in run.rows] == ["AWS", "X\ufffd"]


def test_lines_of_a_log_are_no_results():
    parse(lines(*[logged()] * 5, found(), FINISHED), limits=ReportLimits(results=1))


def test_nothing_else_of_a_finding_or_a_log_is_kept():
    kept = repr(run_of(found(), FAILED, found("B", Verified=True)))

    planted = (SECRET, "595918472158", "ada@example.org", "c0ffee")
    assert [word for word in planted if word in kept] == []
