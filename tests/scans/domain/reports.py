"""SARIF logs as small as a rule needs them, and what comes out of them."""

import json

from scans.domain.findings import ReportLimits
from scans.domain.ingest import parse

LIMITS = ReportLimits()
FIELDS = (
    "fingerprint",
    "check_type",
    "severity",
    "rule_id",
    "path",
    "line",
    "message",
    "cwes",
    "is_suppressed",
)


def located(uri="app.py", line=1, *, column=1, snippet=None, **artifact):
    region = {"startLine": line, "startColumn": column}
    if snippet is not None:
        region["snippet"] = {"text": snippet}
    return {"physicalLocation": {"artifactLocation": {"uri": uri, **artifact}, "region": region}}


def result(rule="R1", uri="app.py", line=1, *, text="Look here.", column=1, snippet=None, **more):
    return {
        "ruleId": rule,
        "message": {"text": text},
        "locations": [located(uri, line, column=column, snippet=snippet)],
        **more,
    }


def rule(rule_id="R1", *, tags=(), score=None, level=None, properties=None, **more):
    bag = {"tags": list(tags), **(properties or {})}
    if score is not None:
        bag["security-severity"] = score
    if level is not None:
        more["defaultConfiguration"] = {"level": level}
    return {"id": rule_id, "properties": bag, **more}


def run(*results, tool="SomeScanner", rules=(), driver=None, extensions=None, **more):
    described = {"driver": {"name": tool, "rules": list(rules), **(driver or {})}}
    if extensions:
        described["extensions"] = extensions
    return {"tool": described, "results": list(results), **more}


def log(*runs, **more):
    return json.dumps({"version": "2.1.0", "runs": list(runs), **more}).encode()


def parsed(*runs, **more):
    return parse(log(*runs, **more), limits=LIMITS)


def one_run(*results, **more):
    (found,) = parsed(run(*results, **more))
    return found


def findings(*results, **more):
    return [dict(zip(FIELDS, row, strict=True)) for row in one_run(*results, **more).rows]


def finding(*results, **more):
    (found,) = findings(*results, **more)
    return found


def fingerprints(*results, **more):
    return {row[0] for row in one_run(*results, **more).rows}
