"""No small report costs much: what could repeat, multiply or pile up is counted or cut."""

import gzip

import pytest

from codestax.common.errors import ReportFormatError, ReportTooLargeError
from scans.domain.findings import ReportLimits
from scans.domain.github_form import github_form
from scans.domain.ingest import parse
from scans.domain.locations import infrastructure_kind
from scans.domain.unpacking import sent_report, unpack
from tests.scans.domain.reports import LIMITS, finding, findings, located, log, one_run, result, run


def test_members_of_a_gzip_stream_are_limited():
    stream = gzip.compress(b"x") * 11_000

    with pytest.raises(ReportTooLargeError, match="10,000 members"):
        unpack([stream], gzipped=True, limits=LIMITS)


def test_many_members_up_to_the_limit_are_joined():
    assert unpack([gzip.compress(b"x") * 9_000], gzipped=True, limits=LIMITS) == b"x" * 9_000


def test_utf_16_may_be_a_third_as_large_as_utf_8():
    payload = log(run()).decode().encode("utf-16")

    parse(payload, limits=ReportLimits(unpacked_bytes=3 * len(payload)))

    with pytest.raises(ReportTooLargeError, match="larger than"):
        parse(payload, limits=ReportLimits(unpacked_bytes=3 * len(payload) - 3))


@pytest.mark.parametrize("text", [rb"\ud800" * 100_001, rb"\\" * 101 + rb"\ud800"])
def test_text_of_very_many_halves_of_characters_is_not_repaired(text):
    with pytest.raises(ReportFormatError, match="not valid JSON"):
        parse(log(run(result(text="TEXT"))).replace(b"TEXT", text), limits=LIMITS)


@pytest.mark.parametrize(
    "more",
    [
        {"extensions": [{"name": "pack"}] * 10_001},
        {"invocations": [{}] * 10_001},
        {"taxonomies": [{}] * 10_001},
        {"originalUriBaseIds": {str(number): {} for number in range(10_001)}},
        {"versionControlProvenance": [{}] * 10_001},
    ],
    ids=lambda more: next(iter(more)),
)
def test_the_parts_of_a_run_are_limited(more):
    with pytest.raises(ReportTooLargeError, match="10,000 entries"):
        one_run(**more)


def test_arguments_do_not_multiply_a_message():
    message = {"text": "{0}" * 10_000, "arguments": ["y" * 100_000]}

    assert finding({**result(), "message": message})["message"] == "y" * LIMITS.message_chars


def test_a_very_large_property_bag_says_nothing():
    bag = {"security-severity": "9.9", "tags": ["x" * 500_000]}

    assert finding(result(level="note"))["severity"] == "info"
    assert finding(result(level="note", properties=bag))["severity"] == "info"


def test_a_base_that_is_longer_than_a_path_is_not_followed():
    place = {"physicalLocation": {"artifactLocation": {"uri": "app.py", "uriBaseId": "A"}}}
    bases = {
        "A": {"uri": "a/" * 400, "uriBaseId": "B"},
        "B": {"uri": "b/" * 400},
    }

    (found,) = findings({**result(), "locations": [place]}, originalUriBaseIds=bases)

    assert found["path"] == "app.py"


def test_of_many_named_directories_the_first_hundred_count():
    roots = [{"mappedTo": {"uri": f"file:///r{number}/"}} for number in range(200)]
    results = [result(line=n, locations=[located(f"file:///r{n}/src/a.py")]) for n in (99, 100)]

    paths = [one["path"] for one in findings(*results, versionControlProvenance=roots)]

    assert paths == ["src/a.py", "a.py"]


def test_the_end_of_a_long_path_tells_what_it_holds():
    assert infrastructure_kind("a/" * 400 + "Dockerfile") == "dockerfile"
    assert infrastructure_kind("Dockerfile/" + "a/" * 400 + "b.py") == ""


@pytest.mark.parametrize(
    "payload",
    [b'{"commit_sha":"a","x":' + b"[" * 200_000, b'{"commit_sha":"\xff"}'],
    ids=["too deep", "no UTF-8"],
)
def test_what_cannot_be_read_is_no_form_of_githubs(payload):
    limits = ReportLimits()

    assert github_form(sent_report(payload, limits), limits) is None
