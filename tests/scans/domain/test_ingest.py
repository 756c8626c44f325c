import gc
import gzip

import pytest

from codestax.common.errors import ReportFormatError, ReportTooLargeError
from scans.domain.findings import ReportLimits
from scans.domain.ingest import parse, parse_all
from scans.domain.unpacking import unpack
from tests.scans.domain.reports import LIMITS, finding, log, one_run, result, rule, run


def unpacked(content, *, gzipped=True, limits=LIMITS, size=7):
    chunks = (content[start : start + size] for start in range(0, len(content), size))
    return unpack(chunks, gzipped=gzipped, limits=limits)


def test_plain_chunks_are_joined():
    assert unpacked(b"one two three", gzipped=False) == b"one two three"


def test_gzip_is_unpacked_across_chunks():
    assert unpacked(gzip.compress(b"one two three")) == b"one two three"


def test_long_runs_are_unpacked_in_pieces():
    content = b"x" * 5_000_000

    assert unpacked(gzip.compress(content), size=100_000) == content


def test_members_of_a_gzip_stream_are_joined():
    assert unpacked(gzip.compress(b"one ") + gzip.compress(b"two")) == b"one two"


@pytest.mark.parametrize("tail", [b"garbage", b"\0"])
def test_garbage_after_a_gzip_member_is_refused(tail):
    with pytest.raises(ReportFormatError, match="gzip stream"):
        unpacked(gzip.compress(b"one") + tail)


def test_truncated_gzip_is_refused():
    with pytest.raises(ReportFormatError, match="ends early"):
        unpacked(gzip.compress(b"one two three")[:-6])


def test_empty_gzip_is_refused():
    with pytest.raises(ReportFormatError, match="ends early"):
        unpacked(b"")


def test_sent_bytes_are_limited():
    with pytest.raises(ReportTooLargeError, match="10 bytes as sent"):
        unpacked(b"x" * 11, gzipped=False, limits=ReportLimits(sent_bytes=10))


def test_unpacking_stops_at_the_limit():
    bomb = gzip.compress(b"\0" * 50_000_000)
    read = []

    def chunks():
        for start in range(0, len(bomb), 100):
            read.append(start)
            yield bomb[start : start + 100]

    with pytest.raises(ReportTooLargeError, match="unpacked"):
        unpack(chunks(), gzipped=True, limits=ReportLimits(unpacked_bytes=1_000_000))

    assert len(read) < len(bomb) / 100 / 10


def test_the_collector_runs_again_after_parsing():
    parse(log(run()), limits=LIMITS)

    assert gc.isenabled()


def test_a_collector_that_was_off_stays_off():
    gc.disable()
    try:
        parse(log(run()), limits=LIMITS)

        assert not gc.isenabled()
    finally:
        gc.enable()


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"PK\x03\x04", "zip archive"),
        (b"<html>", "XML or an HTML"),
        (b"\n\n\n<?xml?>", "XML or an HTML"),
        (b"a,b,c", "not valid JSON"),
        (b'{"runs": [', "not valid JSON"),
        (b'{"runs": [NaN]}', "not valid JSON"),
        (b'{"x": "\\ud8"}', "not valid JSON"),
        (b"\xff\xfe\x00\xd8", "UTF-16"),
        (b'{"version": "\xe9", "runs": []}', "UTF-8"),
        (b"[1", "not valid JSON"),
        (b'[{"runs": []}]', "must be an object"),
        (b'{"runs": []}', r"\$.version"),
        (b'{"runs": [], "version": 2.1}', r"\$.version"),
        (b'{"runs": 5}', r"\$.runs"),
        (b'{"runs": [1], "version": "2.1.0"}', r"\$.runs\[0\]"),
        (b'{"runs": [{}], "version": "2.1.0"}', r"\$.runs\[0\]"),
    ],
)
def test_what_is_no_sarif_is_refused_with_a_reason(payload, words):
    with pytest.raises(ReportFormatError, match=words):
        parse(payload, limits=LIMITS)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be"])
def test_byte_order_marks_are_understood(encoding):
    mark = "\ufeff" if encoding == "utf-16-be" else ""

    found = parse((mark + log(run()).decode()).encode(encoding), limits=LIMITS)

    assert len(found) == 1


def test_absent_schema_is_accepted():
    assert one_run().results == 0


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        (r"a\u0000b", "a\ufffdb"),
        (r"a\ud800b", "a\ufffdb"),
        (r"a\udc00b", "a\ufffdb"),
        (r"a\ud83d\ude00b\udc00", "a\U0001f600b\ufffd"),
        (r"\\ud800 \ud800", "\\ud800 \ufffd"),
    ],
)
def test_what_no_database_stores_is_replaced(written, stored):
    payload = log(run(result(text="TEXT"))).replace(b"TEXT", written.encode())

    (found,) = parse(payload, limits=LIMITS)

    assert found.rows[0][6] == stored


def test_a_report_of_too_many_bytes_is_refused():
    with pytest.raises(ReportTooLargeError, match="larger than 10 bytes"):
        parse(log(run()), limits=ReportLimits(unpacked_bytes=10))


def test_a_report_of_too_many_values_is_refused():
    with pytest.raises(ReportTooLargeError, match="more than 25 values"):
        parse(b"[" + b"1," * 99 + b"1]", limits=ReportLimits(values=5))


def nested(depth):
    return b'{"version": "2.1.0", "runs": [], "x": ' + b"[" * depth + b"]" * depth + b"}"


def test_depth_is_limited():
    parse(nested(99), limits=LIMITS)

    with pytest.raises(ReportTooLargeError, match="deeper than 100"):
        parse(nested(100), limits=LIMITS)


def test_depth_counts_objects_and_lists_between_others():
    deep = b'{"version": "2.1.0", "runs": [], "x": ' + b'[[],{"a":' * 60 + b"0" + b"}]" * 60 + b"}"

    with pytest.raises(ReportTooLargeError, match="deeper than 100"):
        parse(deep, limits=LIMITS)


def test_unclosed_depth_is_refused():
    with pytest.raises(ReportTooLargeError, match="deeper than 100"):
        parse(b"[" * 200_000, limits=LIMITS)


def test_recursion_of_the_decoder_is_a_refusal():
    with pytest.raises(ReportTooLargeError, match="deeper than"):
        parse(nested(20_000), limits=ReportLimits(depth=1_000_000))


@pytest.mark.parametrize("text", ["[" * 150, '"' + "[" * 150, "\\" + "{" * 150, '\\"' + "]" * 150])
def test_brackets_in_text_are_no_depth(text):
    assert finding(result(text=text))["message"] == text


def test_brackets_in_text_hide_no_depth():
    deep = b'{"version": "2.1.0", "runs": [], "x": ' + b'["]",' * 150 + b"0" + b"]" * 150 + b"}"

    with pytest.raises(ReportTooLargeError, match="deeper than 100"):
        parse(deep, limits=LIMITS)


def test_runs_are_limited():
    with pytest.raises(ReportTooLargeError, match="more than 2 runs"):
        parse(log(run(), run(), run()), limits=ReportLimits(runs=2))


def test_results_of_all_runs_are_limited():
    parse(log(run(result()), run(result())), limits=ReportLimits(results=2))

    with pytest.raises(ReportTooLargeError, match="more than 1 results"):
        parse(log(run(result()), run(result())), limits=ReportLimits(results=1))


def test_rules_of_all_components_are_limited():
    extensions = [{"name": "pack", "rules": [rule("R2")]}]

    with pytest.raises(ReportTooLargeError, match="more than 1 rules"):
        parse(log(run(rules=[rule("R1")], extensions=extensions)), limits=ReportLimits(rules=1))


def test_null_runs_are_no_runs():
    assert parse(b'{"version": "2.1.0", "runs": null}', limits=LIMITS) == []


def test_the_last_of_two_equal_keys_counts():
    payload = log(run(result(level="note"))).replace(b'"level"', b'"level": "error", "level"')

    (found,) = parse(payload, limits=LIMITS)

    assert found.rows[0][2] == "info"


def test_the_results_of_all_reports_of_a_request_count_together():
    reports = [log(run(result(line=1))), log(run(result(line=2)))]

    (read,) = parse_all(reports, ReportLimits(results=2))

    assert read.results == 2
    with pytest.raises(ReportTooLargeError, match="results"):
        parse_all(reports, ReportLimits(results=1))
