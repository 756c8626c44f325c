"""Logs that are SARIF but for one thing: each is read, or refused with a sentence, never more."""

import json
import re
from copy import deepcopy

import pytest

from codestax.common.errors import ReportFormatError, UnsupportedReportError
from scans.domain.ingest import parse
from tests.scans.domain.reports import LIMITS, log, result, rule, run

LOCATION = {
    "physicalLocation": {
        "artifactLocation": {"uri": "src/a.py", "uriBaseId": "SRC", "index": 0},
        "region": {"startLine": 3, "startColumn": 5, "snippet": {"text": "eval(x)"}},
    },
    "logicalLocations": [{"name": "f", "fullyQualifiedName": "a.f", "kind": "function"}],
}
REFERENCE = {"id": "R1", "index": 0, "guid": "g", "toolComponent": {"name": "pack", "index": 0}}
CWE = {"id": "79", "index": 0, "toolComponent": {"name": "CWE", "index": 0, "guid": "c"}}
FULL = json.loads(
    log(
        run(
            {
                **result(text="Look at {0}."),
                "rule": REFERENCE,
                "ruleIndex": 0,
                "kind": "fail",
                "level": "error",
                "rank": 50.0,
                "baselineState": "new",
                "locations": [LOCATION],
                "suppressions": [{"kind": "inSource", "status": "rejected"}],
                "fingerprints": {"a/v1": "1"},
                "partialFingerprints": {"primaryLocationLineHash": "2:1"},
                "taxa": [CWE],
                "provenance": {"invocationIndex": 0},
                "properties": {"security-severity": "7.5", "tags": ["security"]},
            },
            driver={
                "version": "1",
                "semanticVersion": "1.0.0",
                "globalMessageStrings": {"m": {"text": "x"}},
                "rules": [
                    rule(
                        "R1",
                        score="7.5",
                        level="warning",
                        name="eval-used",
                        guid="g",
                        deprecatedIds=["R0"],
                        shortDescription={"text": "x", "markdown": "x"},
                        fullDescription={"text": "x"},
                        messageStrings={"m": {"text": "x"}},
                        relationships=[{"target": CWE, "kinds": ["superset"]}],
                    )
                ],
            },
            extensions=[{"name": "pack", "guid": "p", "rules": [rule("R1")]}],
            automationDetails={"id": "build/1"},
            artifacts=[{"location": {"uri": "src/a.py", "uriBaseId": "SRC"}}],
            originalUriBaseIds={"SRC": {"uri": "file:///x/app/", "uriBaseId": "TOP"}},
            versionControlProvenance=[{"mappedTo": {"uri": "file:///x/app/"}}],
            taxonomies=[{"name": "CWE", "guid": "c"}],
            externalPropertyFileReferences={"results": []},
            invocations=[
                {
                    "executionSuccessful": True,
                    "workingDirectory": {"uri": "file:///x/app"},
                    "toolExecutionNotifications": [{"level": "note"}],
                    "toolConfigurationNotifications": [{"level": "note"}],
                    "ruleConfigurationOverrides": [
                        {"descriptor": {"id": "R1"}, "configuration": {"level": "note"}}
                    ],
                }
            ],
        ),
        inlineExternalProperties=[{"results": []}],
    )
)


def places(value, path=()):
    """Every key and index in a document, as the path to it."""
    keys = value if isinstance(value, dict) else range(len(value)) if type(value) is list else ()
    return [place for key in keys for place in ((*path, key), *places(value[key], (*path, key)))]


PLACES = places(FULL)
NEEDED = ("version", "runs", "runs.0.tool", "runs.0.tool.driver", "runs.0.tool.driver.name")


def named(place):
    return ".".join(map(str, place))


def holder(document, place):
    for key in place[:-1]:
        document = document[key]
    return document


def read_or_refused(document):
    """The number of results read, or the error's sentence."""
    try:
        runs = parse(json.dumps(document).encode(), limits=LIMITS)
    except (ReportFormatError, UnsupportedReportError) as error:
        return str(error)
    assert all(
        one.results == len(one.rows) + one.duplicates + sum(one.ignored.values()) for one in runs
    )
    return sum(one.results for one in runs)


def test_the_whole_log_is_read():
    assert read_or_refused(FULL) == 1


@pytest.mark.parametrize("place", PLACES, ids=named)
@pytest.mark.parametrize(
    "value",
    [None, 0, -1, 1.5, True, "", "x", [], [None], [[]], {}, {"x": {}}, "\ud800", 10**30],
    ids=repr,
)
def test_any_value_in_a_wrong_place_is_read_or_refused_with_a_sentence(place, value):
    document = deepcopy(FULL)
    holder(document, place)[place[-1]] = value

    answer = read_or_refused(document)

    assert isinstance(answer, int) or answer.endswith(".")


@pytest.mark.parametrize("place", PLACES, ids=named)
def test_anything_may_be_missing_but_the_version_the_runs_and_the_tools_name(place):
    document = deepcopy(FULL)
    del holder(document, place)[place[-1]]

    answer = read_or_refused(document)

    assert isinstance(answer, str) is (named(place) in NEEDED)


def snake_case(value):
    if isinstance(value, dict):
        return {re.sub(r"[A-Z]", _lowered, key): snake_case(item) for key, item in value.items()}
    return [snake_case(item) for item in value] if isinstance(value, list) else value


def _lowered(match):
    return "_" + match.group().lower()


def test_a_log_with_keys_in_snake_case_is_read_by_the_letter():
    (found,) = parse(json.dumps(snake_case(FULL)).encode(), limits=LIMITS)

    assert [(row[3], row[4], row[5]) for row in found.rows] == [("R1", "", None)]
