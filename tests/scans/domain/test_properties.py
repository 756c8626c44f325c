"""Whatever the bytes are: one of three errors, or runs that add up."""

import contextlib
import gzip
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codestax.common.errors import (
    ReportFormatError,
    ReportTooLargeError,
    UnsupportedReportError,
)
from scans.domain.findings import ReportLimits
from scans.domain.ingest import parse
from scans.domain.unpacking import unpack
from tests.scans.domain.reports import LIMITS
from tests.scans.readings import check_runs

REFUSALS = (ReportFormatError, ReportTooLargeError, UnsupportedReportError)

ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
    st.just([]),
    st.just({}),
)


def either(*usual):
    return st.one_of(*usual, *usual, *usual, ODD)


WORDS = st.sampled_from(
    ("R1", "R1/a", "B105", "CVE-2024-1", "CWE-79", "error", "none", "security", "\x00", "\ud800")
)
NUMBERS = st.integers(-2, 5)


def objects(**fields):
    return st.fixed_dictionaries({}, optional={name.strip("_"): f for name, f in fields.items()})


REFERENCE = objects(
    id=either(WORDS),
    index=either(NUMBERS),
    guid=either(WORDS),
    toolComponent=objects(name=st.sampled_from(("CWE", "pack")), index=either(NUMBERS)),
)
BAG = objects(
    **{
        "security-severity": either(st.sampled_from(("9.8", "HIGH", 5, "1e400"))),
        "tags": either(st.lists(either(WORDS), max_size=3)),
        "cwe": either(st.sampled_from((79, "CWE-89"))),
        "severity": either(WORDS),
        "package": either(WORDS),
    }
)
ARTIFACT = objects(
    uri=either(st.sampled_from(("a.py", "../b", "file:///x/c.tf", "C:\\d", "%00", "/x/y"))),
    uriBaseId=either(st.sampled_from(("A", "B"))),
    index=either(NUMBERS),
)
LOCATION = objects(
    physicalLocation=objects(
        artifactLocation=ARTIFACT,
        region=objects(
            startLine=either(NUMBERS), startColumn=either(NUMBERS), snippet=objects(text=ODD)
        ),
    ),
    logicalLocations=st.lists(objects(name=ODD, kind=st.just("package")), max_size=1),
)
RESULT = objects(
    ruleId=either(WORDS),
    ruleIndex=either(NUMBERS),
    rule=REFERENCE,
    kind=either(st.sampled_from(("fail", "pass", "open", "review", "notApplicable"))),
    level=either(WORDS),
    rank=ODD,
    baselineState=either(st.just("absent")),
    message=objects(text=either(WORDS), id=ODD, arguments=st.lists(WORDS, max_size=1)),
    locations=st.lists(LOCATION, max_size=2),
    suppressions=st.lists(objects(status=either(st.just("rejected"))), max_size=2),
    fingerprints=either(st.dictionaries(WORDS, either(WORDS), max_size=2)),
    partialFingerprints=either(st.just({"primaryLocationLineHash": "a:1"})),
    taxa=st.lists(REFERENCE, max_size=1),
    properties=either(BAG),
    provenance=objects(invocationIndex=either(NUMBERS)),
)
RULE = objects(
    id=either(WORDS),
    guid=either(WORDS),
    name=either(WORDS),
    deprecatedIds=st.lists(either(WORDS), max_size=2),
    shortDescription=objects(text=either(WORDS)),
    fullDescription=objects(text=either(WORDS)),
    messageStrings=st.dictionaries(st.just("m"), objects(text=ODD), max_size=1),
    defaultConfiguration=objects(level=either(WORDS), enabled=either(st.booleans())),
    relationships=st.lists(objects(target=REFERENCE), max_size=1),
    properties=either(BAG),
)
COMPONENT = objects(name=st.just("pack"), guid=either(WORDS), rules=st.lists(RULE, max_size=2))
TOOLS = st.sampled_from(("Bandit", "gitleaks", "Grype", "Trivy", "Checkov", "ESLint", "X", "Ruff"))
DRIVER = st.fixed_dictionaries(
    {"name": TOOLS}, optional={"version": ODD, "rules": st.lists(RULE, max_size=3)}
)
INVOCATION = objects(
    executionSuccessful=either(st.booleans()),
    workingDirectory=ARTIFACT,
    ruleConfigurationOverrides=st.lists(
        objects(descriptor=REFERENCE, configuration=objects(level=either(WORDS))), max_size=1
    ),
)
RUN = st.fixed_dictionaries(
    {
        "tool": st.fixed_dictionaries(
            {"driver": DRIVER}, optional={"extensions": st.lists(COMPONENT, max_size=2)}
        )
    },
    optional={
        "results": st.lists(RESULT, max_size=4),
        "automationDetails": objects(id=either(st.sampled_from(("a/1", "a/2")))),
        "invocations": st.lists(INVOCATION, max_size=2),
        "artifacts": st.lists(objects(location=ARTIFACT), max_size=2),
        "originalUriBaseIds": st.dictionaries(st.sampled_from(("A", "B")), ARTIFACT),
        "taxonomies": st.lists(objects(name=st.just("CWE"), guid=either(WORDS)), max_size=1),
        "versionControlProvenance": st.lists(objects(mappedTo=ARTIFACT), max_size=1),
    },
)
LOG = st.fixed_dictionaries({"version": st.just("2.1.0"), "runs": st.lists(RUN, max_size=3)})


def check(payload, limits=LIMITS):
    """Refuse or read; whatever is read must add up and be fit to store."""
    with contextlib.suppress(*REFUSALS):
        check_runs(parse(payload, limits=limits))


def check_bytes(payload):
    check(payload, ReportLimits(depth=20))
    for gzipped in (True, False):
        with contextlib.suppress(*REFUSALS):
            unpack([payload], gzipped=gzipped, limits=ReportLimits(unpacked_bytes=1_000))


def encoded(document):
    return json.dumps(document).encode()


def mangled(text, cut, place, byte):
    """A report with one byte changed and its end cut off."""
    changed = bytearray(text)
    changed[place % len(text)] = byte
    return bytes(changed[: len(text) - cut])


def drawn_from(document, damages):
    """Inputs out of one log, since to draw it takes twenty times as long as to read it.

    The log, each of its runs alone, and the log damaged in several ways.
    """
    runs = document["runs"]
    whole = encoded(document)
    yield whole
    yield from (encoded(document | {"runs": [run]}) for run in runs if len(runs) > 1)
    yield from (mangled(whole, *damage) for damage in damages)


quick = settings(deadline=None, max_examples=300, suppress_health_check=list(HealthCheck))
thorough = settings(quick, max_examples=2_900)
DAMAGE = st.tuples(st.integers(0, 3), st.integers(0, 10**6), st.integers(0, 255))
DAMAGES = st.lists(DAMAGE, min_size=10, max_size=10)
ANY_BYTES = st.one_of(
    st.binary(max_size=200),
    st.text(alphabet='[]{}",:\\ud8c0 1e.-', max_size=60).map(str.encode),
    st.binary(max_size=60).map(gzip.compress),
)


@quick
@given(LOG)
def test_odd_logs_add_up_or_are_refused(document):
    check(encoded(document))


@quick
@given(ANY_BYTES)
def test_any_bytes_are_read_or_refused(payload):
    check_bytes(payload)


@pytest.mark.slow
def test_sixteen_thousand_odd_logs_add_up_or_are_refused():
    inputs = set()

    @thorough
    @given(LOG, DAMAGES)
    def check_all(document, damages):
        for payload in drawn_from(document, damages):
            check_bytes(payload)
            inputs.add(payload)

    check_all()

    assert len(inputs) > 16_000


@pytest.mark.slow
def test_four_thousand_strings_of_bytes_are_read_or_refused():
    inputs = set()

    @settings(quick, max_examples=6_000)
    @given(ANY_BYTES)
    def check_each(payload):
        check_bytes(payload)
        inputs.add(payload)

    check_each()

    assert len(inputs) > 4_000
