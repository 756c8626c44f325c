"""Real reports, counted by an independent reader and judged by a reference; hostile ones."""

import json
import re
from collections import Counter
from functools import cache
from unittest.mock import patch

import pytest

from codestax.common.errors import (
    ReportFormatError,
    ReportTooLargeError,
    UnsupportedReportError,
)
from scans.domain import union
from scans.domain.findings import LICENCE
from scans.domain.ingest import parse
from scans.domain.unpacking import unpack
from tests.scans.domain import corpus
from tests.scans.domain.reports import LIMITS

pytestmark = pytest.mark.slow

ONE_FINDING_BY_RULE = {"secrets", "sca_vulns"}


@pytest.fixture(autouse=True)
def _reports():
    corpus.require()


@cache
def read(name):
    return parse(corpus.content(name), limits=LIMITS)


def facts_of(name):
    return corpus.manifest("dev")[name]


def rows_of(name):
    return [row for run in read(name) for row in run.rows]


def test_the_reports_are_there():
    assert (len(corpus.REAL), len(corpus.HOSTILE)) == (60, 40)


@pytest.mark.parametrize("name", corpus.REAL)
def test_every_result_of_a_real_report_is_explained(name):
    runs = read(name)

    assert sum(run.results for run in runs) == facts_of(name)["results"]
    for run in runs:
        assert run.results == len(run.rows) + run.duplicates + sum(run.ignored.values())
        assert len({row[0] for row in run.rows}) == len(run.rows)


@pytest.mark.parametrize("name", corpus.REAL)
def test_tools_of_a_real_report_are_named_with_their_version(name):
    named = {(tool["name"], tool["version"] or "") for tool in facts_of(name)["tools"]}

    assert {(run.tool, run.version) for run in read(name)} == named


@pytest.mark.parametrize("name", [n for n in corpus.REAL if not n.startswith("anchore")])
def test_suppressed_results_of_a_real_report_are_counted(name):
    suppressed = sum(row[8] for row in rows_of(name))

    assert suppressed == facts_of(name)["suppressed"].get("yes", 0)


@pytest.mark.parametrize("name", corpus.REAL)
def test_ignored_results_of_a_real_report_are_counted(name):
    facts = facts_of(name)
    ignored = sum((Counter(run.ignored) for run in read(name)), Counter())
    is_old_grype = name.startswith("anchore")

    assert ignored["kind_informational"] == facts["kind"].get("informational", 0)
    assert ignored["baseline_absent"] == facts["baselineState"].get("absent", 0) * (
        not is_old_grype
    )


@pytest.mark.parametrize("name", corpus.REAL)
def test_only_repetitions_are_duplicates(name):
    facts = facts_of(name)
    duplicates = sum(run.duplicates for run in read(name))
    merged_by_rule = ONE_FINDING_BY_RULE.intersection(row[1] for row in rows_of(name))

    repeated = facts["results"] - facts["distinct_rule_uri_line_column_message"]
    assert duplicates <= repeated or merged_by_rule


PLAIN = {"error": "high", "warning": "medium", "note": "low"}
STEPPED = {"error": "medium", "warning": "low", "note": "info"}


@pytest.mark.parametrize(
    ("name", "severities"),
    [
        ("psalm-test.sarif", PLAIN),
        ("zizmor-redis.sarif.gz", PLAIN),
        ("kics-1.5.2-iac-code.sarif", PLAIN),
        ("snyk-oss-maven.sarif", PLAIN),
        ("dependency-check-6.5.0.sarif", PLAIN),
        ("hadolint-kubernetes-goat.sarif", STEPPED),
        ("hadolint-juice-shop.sarif", STEPPED),
        ("qodana-net-workorders.sarif.gz", STEPPED),
        ("detekt-kobot.sarif", STEPPED),
        ("tslint-04-sdk.sarif", STEPPED),
    ],
)
def test_levels_become_severities(name, severities):
    levels = facts_of(name)["level_active"]

    expected = Counter({severities[level]: count for level, count in levels.items()})
    found = Counter(row[2] for row in rows_of(name))
    assert found == expected


# Where the reference reads the rules another way, and which rule decides here.
DIFFERENCES = {
    "codeql: the tag security decides, else reliability and maintainability are quality": (
        "CodeQL",
        r"^(java|js|py)/",
    ),
    "a CWE without the prefix counts where the taxonomy is CWE": ("gosec", r"^G(101|301|404|407)$"),
    "a generic secret is high": ("gitleaks|Checkov", "^(generic-api-key|CKV_SECRET_6)$"),
    "Opengrep's rules are Semgrep's": ("Opengrep OSS", r"\.(dockerfile|yaml|generic)\."),
    "only Ruff's S rules are Bandit's tests, not SIM, SLF and SLOT": ("ruff", r"^S[A-Z]+\d+$"),
    "Slither is a security scanner": ("Slither", "."),
    "clang is the Clang Static Analyzer, of kind quality": ("clang", "."),
    "Trivy's tags tell the class where the name does not": ("Trivy", r"^pyup\.io"),
    "kind review is kept as info": ("zizmor", "superfluous-actions"),
}


def explanations(tool, rule_id):
    return {
        why
        for why, (tools, rules) in DIFFERENCES.items()
        if re.fullmatch(tools, tool) and re.search(rules, rule_id)
    }


def by_reference(name):
    document = json.loads(corpus.content(name).decode("utf-8-sig"))
    return Counter(found[:4] for found in corpus.reference().findings(document))


def by_rules(name):
    """What every single active result came to, before repetitions are united."""
    with patch.object(union, "told_apart", wraps=union.told_apart) as numbered:
        (run,) = parse(corpus.content(name), limits=LIMITS)
    return Counter(
        (run.tool, draft.rule_id, draft.check_type, draft.severity)
        for draft in numbered.call_args.args[0]
        if not draft.is_suppressed and draft.check_type != LICENCE
    )


@cache
def differing(name):
    """The tools' rules that come out differently here and by the reference."""
    expected, found = by_reference(name), by_rules(name)
    return {key[:2] for key in (expected - found) + (found - expected)}


@pytest.mark.parametrize("name", corpus.REAL)
def test_differences_from_the_reference_have_a_reason(name):
    assert [key for key in sorted(differing(name)) if not explanations(*key)] == []


def test_each_reason_for_a_difference_is_in_use():
    differences = {key for name in corpus.REAL for key in differing(name)}

    used = {why for key in differences for why in explanations(*key)}
    assert used == set(DIFFERENCES)


UNREAD = {"shellcheck-redis.json": "ShellCheck JSON", "syft-juice-shop.spdx.json": "SPDX"}


@pytest.mark.parametrize("name", UNREAD)
def test_formats_that_are_not_read_are_named(name):
    with pytest.raises(UnsupportedReportError, match=f"^{UNREAD[name]} is not read here"):
        read(name)


@pytest.mark.parametrize("name", [name for name in corpus.OTHER if name not in UNREAD])
def test_every_result_of_a_report_of_another_format_is_explained(name):
    (run,) = read(name)

    assert run.results == len(run.rows) + run.duplicates + sum(run.ignored.values())


def answer(name):
    """What comes of a hostile report: how many findings, or which status."""
    body = corpus.sent("bad", name)
    chunks = (body[start : start + 65_536] for start in range(0, len(body), 65_536))
    try:
        report = unpack(chunks, gzipped=name.endswith(".gz"), limits=LIMITS)
        return sum(len(run.rows) for run in parse(report, limits=LIMITS))
    except (ReportFormatError, ReportTooLargeError, UnsupportedReportError) as error:
        return f"refused with {error.status}"


# The statuses that the list of answers allows beside its own are 400 for 422, and 413 for depth.
ANSWERS = {
    "01": "refused with 400",
    "02": "refused with 400",
    "03": "refused with 400",
    "04": 0,
    "05": 0,
    "06": 0,
    "07": 0,
    "08": "refused with 413",
    "09": 1,
    "10": "refused with 400",
    "11": 1,
    "12": "refused with 400",
    "13": 1,
    "14": 1,
    "15": 1,
    "16": 1,
    "17": 1,
    "18": "refused with 413",
    "19": 10,
    "20": 8,
    "21": 7,
    "22": 8,
    "23": 1,
    "24": "refused with 400",
    "25": "refused with 400",
    "26": "refused with 400",
    "27": "refused with 400",
    "28": "refused with 413",
    "29": 0,
    "30": 0,
    "31": "refused with 400",
    "32": "refused with 400",
    "33": 1,
    "34": 6,
    "35": 1,
    "36": 9,
    "37": 0,
    "38": "refused with 400",
    "39": "refused with 400",
    "40": "refused with 400",
}


@pytest.mark.parametrize("name", corpus.HOSTILE)
def test_a_hostile_report_gets_the_answer_that_does_no_harm(name):
    assert answer(name) == ANSWERS[name[:2]]


def test_answers_follow_the_list_of_answers():
    listed = corpus.manifest("bad")

    refused = {name[:2] for name, facts in listed.items() if facts["answer"] == "refuse"}
    assert refused == {key for key, found in ANSWERS.items() if isinstance(found, str)}


@pytest.mark.parametrize(
    "name", [name for name in corpus.HOSTILE if isinstance(ANSWERS[name[:2]], int)]
)
def test_findings_of_a_hostile_report_are_those_of_the_list_of_answers(name):
    body = corpus.sent("bad", name)
    report = unpack([body], gzipped=name.endswith(".gz"), limits=LIMITS)
    runs = parse(report, limits=LIMITS)

    ignored = sum(sum(run.ignored.values()) for run in runs)
    found = sum(len(run.rows) for run in runs)
    assert found + ignored == corpus.manifest("bad")[name]["findings"]
    assert sum(run.results for run in runs) == found + ignored + sum(r.duplicates for r in runs)


def test_suppression_states_are_told_apart():
    (run,) = parse(corpus.sent("bad", "36-suppression-states.sarif"), limits=LIMITS)

    states = Counter((row[8], row[2]) for row in run.rows)
    assert states == {(False, "high"): 6, (True, "high"): 2, (False, "info"): 1}
    assert run.ignored == {"kind_pass": 1, "baseline_absent": 1}
