"""Whatever is uploaded: one of three refusals, or rows that add up and that the database stores.

The inputs come from seeds, so that a run is the same everywhere; FUZZ_ROUNDS=100 runs a hundred
times as many, and FUZZ_SEED=7 others. A failure names its input: {kind: seed}.
"""

import os
from collections import Counter
from urllib.parse import urlencode

import pytest

from codestax.common.errors import (
    ReportFormatError,
    ReportTooLargeError,
    UnsupportedReportError,
)
from scans.domain.findings import ReportLimits
from scans.domain.ingest import parse
from scans.domain.unpacking import unpack
from scans.models import Finding, Scan
from tests.scans.fuzz import values
from tests.scans.hostile import CLEAN
from tests.scans.readings import check_runs

pytestmark = pytest.mark.slow

REFUSALS = (ReportFormatError, ReportTooLargeError, UnsupportedReportError)
LIMITS = ReportLimits(unpacked_bytes=2_000_000)
ROUNDS = int(os.environ.get("FUZZ_ROUNDS", "1"))
FIRST_SEED = int(os.environ.get("FUZZ_SEED", "0")) * 10**9
# How many inputs of each kind one round holds.
INPUTS = {"report": 6_000, "broken": 6_000, "random_json": 1_000, "random_bytes": 1_000}
SENT = {"report": 200, "broken": 60, "random_json": 20, "random_bytes": 20}


def seeds(count):
    return range(FIRST_SEED, FIRST_SEED + count * ROUNDS)


def outcome(payload, at):
    """How an input was answered; what is read of it must be fit to store."""
    try:
        runs = parse(payload, limits=LIMITS)
    except REFUSALS as refusal:
        return refused(refusal, at)
    check_runs(runs, at)
    return "read" if any(run.rows for run in runs) else "read, no row"


def refused(refusal, at):
    """One sentence of a length that fits an answer, in text that can be sent."""
    assert 0 < len(refusal.message.encode()) < 1_000, at
    return type(refusal).__name__


@pytest.mark.parametrize("kind", INPUTS)
def test_an_input_is_refused_or_read_to_rows_that_add_up(kind):
    make = getattr(values, kind)

    outcomes = Counter(outcome(make(seed), {kind: seed}) for seed in seeds(INPUTS[kind]))

    print(f"\n{kind}: {outcomes.total():,} inputs, {dict(outcomes)}")  # noqa: T201 - pytest -s
    assert outcomes.total() == INPUTS[kind] * ROUNDS
    assert outcomes["ReportFormatError"]
    if kind in ("report", "broken"):
        # Enough of what is made must get past the first look, or nothing behind it is tried.
        assert outcomes["read"] > outcomes.total() / 25


def test_a_packed_input_is_refused_or_unpacked_to_what_was_packed():
    unpacked = 0
    for seed in seeds(1_000):
        content = values.report(seed)
        stream = values.packed(content, seed)
        try:
            found = unpack([stream], gzipped=True, limits=LIMITS)
        except REFUSALS:
            continue
        assert found == content or stream != values.gzip.compress(content, 1), seed
        unpacked += 1

    assert unpacked >= 400


@pytest.mark.django_db
@pytest.mark.parametrize("kind", SENT)
def test_an_upload_of_any_input_is_stored_or_a_4xx(upload, kind):
    make = getattr(values, kind)
    statuses = Counter()

    for seed in seeds(SENT[kind]):
        answer = upload(make(seed), f"commit=c{seed % 2}")
        assert answer.status_code == 201 or 400 <= answer.status_code < 500, {kind: seed}
        statuses[answer.status_code] += 1

    assert statuses.total() == SENT[kind] * ROUNDS
    assert (Scan.objects.exists() and Finding.objects.exists()) == (kind in ("report", "broken"))


@pytest.mark.django_db
def test_any_text_beside_a_report_is_taken_or_a_4xx(upload):
    names = ("commit", "branch", "format", "covers", "languages", "quality_gate", "committed_at")
    odd = [*values.TEXTS, *values.WORDS, *map(str, values.NUMBERS)]

    for name in names:
        for text in odd:
            query = urlencode({name: text.encode("utf-8", "surrogatepass")})
            answer = upload(CLEAN, query)
            assert answer.status_code == 201 or 400 <= answer.status_code < 500, (name, text)
