"""The numbers that an independent reader counted in the real reports, by our reader's steps."""

from collections import Counter
from functools import cache

import pytest

from scans.domain.fingerprints import Draft
from scans.domain.formats import sarif
from scans.domain.formats.sarif_marks import marks, strings
from scans.domain.formats.sarif_results import ResultReader, line_number
from scans.domain.formats.sarif_rulebook import NO_RULE, RuleBook
from scans.domain.formats.sarif_rules import Aspect, Catalogs
from scans.domain.formats.sarif_structs import Log, Result, Rule
from scans.domain.text import as_text
from tests.scans.domain import corpus
from tests.scans.domain.reports import LIMITS
from tests.scans.domain.test_corpus import facts_of, read

pytestmark = pytest.mark.slow

ASSERTED = {
    "runs", "results", "tools", "level", "level_explicit", "level_active", "kind", "suppressed",
    "suppression_status", "baselineState", "rule_lookup", "by_letter_of_index", "distinct_ruleIds",
    "ruleId_top20", "security_severity_band", "cwe_any", "cwe_nonstandard", "fingerprint_keys",
    "locations", "counts", "distinct_rule_uri_line_column_message",
}  # fmt: skip
NOT_ASSERTED = {
    "suppression_kind": "a suppression counts wherever it stands",
    "cwe_tags": "a part of cwe_any",
    "cwe_relationships": "a part of cwe_any",
    "cwe_taxa": "a part of cwe_any",
    "distinct_rule_uri_line_column": "results differ by their message, too",
}
OF_THE_FILE = {
    "origin", "source_repo", "source_path", "source_head", "target", "target_commit", "note",
    "snippets_masked", "credential_like_strings_masked", "schema_valid_sarif_2_1_0",
    "schema_errors", "schema_error_examples", "sha256", "sha256_uncompressed", "bytes",
    "bytes_uncompressed", "encoding", "format", "sarif_version", "schema",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _reports():
    corpus.require()


def test_every_number_is_asserted_or_has_a_reason_not_to_be():
    listed = {key for name in corpus.REAL for key in facts_of(name)}

    assert listed - OF_THE_FILE == ASSERTED | set(NOT_ASSERTED)


@cache
def decoded(name):
    """The only run of a report, its book of rules and its results."""
    content = corpus.content(name).removeprefix(b"\xef\xbb\xbf")
    (run,) = sarif.decode(content, Log, at="$").runs
    listed = [(component, rules_of(component)) for component in components_of(run)]
    book = RuleBook(listed, run.invocations or [], Catalogs(run.taxonomies or ()))
    return run, book, sarif.decode(run.results, list[Result], at="$")


def components_of(run):
    return [run.tool.driver, *(run.tool.extensions or ())]


def rules_of(component):
    return sarif.decode(component.rules, list[Rule], at="$") if component.rules else []


def results_of(name):
    return decoded(name)[2]


@cache
def resolved(name):
    """Each result's rule."""
    run, book, results = decoded(name)
    invocation = 0 if len(run.invocations or ()) == 1 else -1
    return [
        book.resolve(as_text(one.rule_id), one.rule_index, one.rule, invocation) for one in results
    ]


@cache
def drafts_of(name):
    run, book, results = decoded(name)
    reader = ResultReader(run, book, LIMITS)
    return [one for one in reader.read(results) if isinstance(one, Draft)]


def level_of(result, rule):
    """The effective level by the format; a default of "warning" is what no tool has said."""
    if result.level is not None:
        return result.level
    return "none" if kind_of(result) != "fail" else rule.level or "warning"


def kind_of(result):
    return result.kind or "fail"


def levels_of(name, rules):
    return Counter(map(level_of, results_of(name), rules))


OLD_GRYPE = [name for name in corpus.REAL if name.startswith("anchore")]

# Where the rules for reading decide otherwise than the list of numbers, and why.
REPORTS_AN_ERROR = {
    "bandit-django.sarif.gz": "a notification of level error makes a run incomplete",
}
RULE_NOT_GUESSED = {
    "tutorial-DefaultRuleConfiguration.sarif": "an index that points to another id is wrong, "
    "also where no rule has the id",
}
CWE_IN_PROPERTIES = {
    "snyk-code-nodejs-goof.sarif": "properties.cwe counts as much as a tag",
}


@pytest.mark.parametrize("name", corpus.REAL)
def test_rules_of_driver_and_extensions(name):
    run, _, _ = decoded(name)
    (tool,) = facts_of(name)["tools"]

    driver, *extensions = [len(rules_of(component)) for component in components_of(run)]
    assert (driver, len(extensions), sum(extensions)) == (
        tool["driver_rules"],
        tool["extensions"],
        tool["extension_rules"],
    )


@pytest.mark.parametrize("name", corpus.REAL)
def test_runs_and_whether_they_were_completed(name):
    facts = facts_of(name)
    runs = read(name)

    assert len(runs) == facts["runs"] == 1
    failed = facts["counts"].get("runs_with_failed_invocation", 0)
    assert runs[0].is_complete is (not failed and name not in REPORTS_AN_ERROR)


@pytest.mark.parametrize("name", corpus.REAL)
def test_levels_that_results_state(name):
    stated = Counter(result.level or "absent" for result in results_of(name))

    assert stated == facts_of(name)["level_explicit"]


@pytest.mark.parametrize("name", [name for name in corpus.REAL if name not in RULE_NOT_GUESSED])
def test_effective_levels(name):
    assert levels_of(name, resolved(name)) == facts_of(name)["level"]


@pytest.mark.parametrize("name", [name for name in corpus.REAL if name not in RULE_NOT_GUESSED])
def test_effective_levels_of_what_is_open(name):
    open_levels = Counter(
        level_of(result, rule)
        for result, rule in zip(results_of(name), resolved(name), strict=True)
        if kind_of(result) == "fail"
        and result.baseline_state != "absent"
        and not is_suppressed(result)
    )

    assert open_levels == facts_of(name)["level_active"]


def is_suppressed(result):
    states = [one.status or one.state for one in result.suppressions or ()]
    return bool(states) and not {"underReview", "rejected"}.intersection(states)


@pytest.mark.parametrize("name", corpus.REAL)
def test_kinds_and_baseline_states(name):
    facts = facts_of(name)
    results = results_of(name)

    assert Counter(map(kind_of, results)) == facts["kind"]
    assert Counter(one.baseline_state or "not_given" for one in results) == facts["baselineState"]


@pytest.mark.parametrize("name", corpus.REAL)
def test_states_of_suppressions(name):
    states = Counter(str(one.status) for r in results_of(name) for one in r.suppressions or ())

    assert states == facts_of(name)["suppression_status"]


@pytest.mark.parametrize("name", [name for name in corpus.REAL if name not in OLD_GRYPE])
def test_open_and_suppressed_results_before_repetitions_are_united(name):
    facts = facts_of(name)
    is_review = facts["kind"].get("review", 0)
    open_results = sum(facts["level_active"].values()) + is_review

    counted = Counter(draft.is_suppressed for draft in drafts_of(name))
    assert counted == Counter({False: open_results, True: facts["suppressed"].get("yes", 0)})


@pytest.mark.parametrize("name", OLD_GRYPE)
def test_what_old_grype_marks_as_suppressed_is_open(name):
    assert not any(draft.is_suppressed for draft in drafts_of(name))


@pytest.mark.parametrize("name", [name for name in corpus.REAL if name not in RULE_NOT_GUESSED])
def test_results_that_have_no_rule(name):
    lookup = facts_of(name)["rule_lookup"]
    missing = ("unresolved", "no_rule_reference", "driver/index_out_of_range")

    unresolved = sum(rule.rule is NO_RULE for rule in resolved(name))
    assert unresolved == sum(lookup.get(reason, 0) for reason in missing)


@pytest.mark.parametrize("name", RULE_NOT_GUESSED)
def test_no_rule_is_guessed_by_an_index_alone(name):
    assert all(rule.rule is NO_RULE for rule in resolved(name))


@pytest.mark.parametrize("name", corpus.REAL)
def test_rule_ids(name):
    facts = facts_of(name)
    named = Counter(rule.full_id for rule in resolved(name))
    named["None"] = named.pop("unknown", 0)

    assert len(+named) == facts["distinct_ruleIds"]
    assert {rule_id: named[rule_id] for rule_id in facts["ruleId_top20"]} == facts["ruleId_top20"]


@pytest.mark.parametrize(
    "name", [name for name in corpus.REAL if "by_letter_of_index" in facts_of(name)]
)
def test_rules_by_an_index_that_contradicts_the_id(name):
    """The id wins; the index alone gives what the list has by the letter."""
    _, book, results = decoded(name)
    letter = facts_of(name)["by_letter_of_index"]
    by_index = [book.resolve("", one.rule_index, one.rule, -1) for one in results]
    others = [
        number
        for number, (index, rule) in enumerate(zip(by_index, resolved(name), strict=True))
        if index.rule is not NO_RULE and index.full_id != rule.full_id
    ]

    assert len(others) == facts_of(name)["rule_lookup"]["driver/id_over_contradicting_index"]
    assert len(by_index) == letter["results"]
    assert {f"level_{key}": n for key, n in levels_of(name, by_index).items()} == {
        key: n for key, n in letter.items() if key.startswith("level_")
    }


BANDS = ((9.0, "critical"), (7.0, "high"), (4.0, "medium"), (1e-9, "low"), (0.0, "none"))


@pytest.mark.parametrize("name", corpus.REAL)
def test_scores_of_rules_in_bands(name):
    scores = [marks(rule.rule.properties).security_severity for rule in resolved(name)]

    bands = Counter(
        next(band for lowest, band in BANDS if score >= lowest)
        for score in scores
        if score is not None
    )
    assert bands == facts_of(name)["security_severity_band"]


@pytest.mark.parametrize("name", corpus.REAL)
def test_cwes(name):
    listed = "cwe_nonstandard" if name in CWE_IN_PROPERTIES else "cwe_any"
    kept = [draft.cwes for draft in drafts_of(name)]
    gone = [
        rule.verdict(Aspect()).cwes
        for result, rule in zip(results_of(name), resolved(name), strict=True)
        if result.baseline_state == "absent" and name not in OLD_GRYPE
    ]

    found = Counter(f"CWE-{cwe}" for cwes in kept + gone for cwe in cwes)
    assert found == Counter(facts_of(name)[listed])


@pytest.mark.parametrize("name", corpus.REAL)
def test_fingerprints_that_tools_write(name):
    keys = Counter(
        f"{prefix}:{key}"
        for one in results_of(name)
        for prefix, raw in (
            ("partial", one.partial_fingerprints),
            ("fingerprints", one.fingerprints),
        )
        for key in strings(raw)
    )

    assert keys == facts_of(name)["fingerprint_keys"]


@pytest.mark.parametrize("name", corpus.REAL)
def test_results_without_a_line_or_a_location(name):
    facts = facts_of(name)
    regions = [region_of(result) for result in results_of(name)]

    unplaced = sum(line_number(region.start_line) is None for region in regions if region)
    assert sum(not result.locations for result in results_of(name)) == facts["counts"].get(
        "without_location", 0
    )
    assert unplaced + regions.count(None) == sum(
        facts["locations"].get(reason, 0) for reason in ("without_startLine", "no_physicalLocation")
    ) + facts["counts"].get("without_location", 0)


def region_of(result):
    physical = result.locations[0].physical_location if result.locations else None
    return physical.region if physical else None
