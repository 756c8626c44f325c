import json

import pytest

from codestax.common.errors import ReportFormatError
from scans.domain.formats import osv_scanner
from tests.scans.domain.formats.reading import LIMITS, finding, findings, ids, read
from tests.scans.domain.reports import one_run, rule

VECTOR = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
GHSA = {
    "id": "GHSA-p6mc-m468-83gw",
    "aliases": ["CVE-2020-8203"],
    "summary": "Prototype Pollution in lodash",
    "severity": [{"type": "CVSS_V3", "score": VECTOR}],
    "database_specific": {"severity": "HIGH", "cwe_ids": ["CWE-1321", "CWE-770"]},
}
GROUP = {
    "ids": ["GHSA-p6mc-m468-83gw"],
    "aliases": ["CVE-2020-8203", "GHSA-p6mc-m468-83gw"],
    "max_severity": "7.4",
}


def package(*records, groups=(GROUP,), name="lodash", version="4.17.15", **more):
    described = {"name": name, "version": version, "ecosystem": "npm"}
    return {"package": described, "vulnerabilities": records, "groups": groups, **more}


def report(*packages, path="/work/shop/package-lock.json"):
    source = {"path": path, "type": "lockfile"}
    return {"results": [{"source": source, "packages": list(packages)}]}


def test_a_group_of_records_is_one_finding():
    pysec = {"id": "PYSEC-2020-1", "summary": "Another text"}
    group = {**GROUP, "ids": ["GHSA-p6mc-m468-83gw", "PYSEC-2020-1"]}
    found = finding(osv_scanner, report(package(GHSA, pysec, groups=[group])))
    assert found["check_type"] == "sca_vulns"
    assert found["rule_id"] == "CVE-2020-8203"
    assert found["message"] == "lodash 4.17.15: Prototype Pollution in lodash"
    assert found["cwes"] == (770, 1321)


def test_old_reports_without_groups_have_a_finding_for_each_record():
    other = {"id": "GHSA-35jh-r3h4-6jhm"}
    found = findings(osv_scanner, report(package(GHSA, other, groups=None)))
    assert {one["rule_id"] for one in found} == {"CVE-2020-8203", "GHSA-35jh-r3h4-6jhm"}


@pytest.mark.parametrize(
    ("group", "record", "expected"),
    [
        ({"max_severity": "7.4"}, GHSA, "high"),
        ({"max_severity": ""}, GHSA, "critical"),
        ({"max_severity": ""}, {**GHSA, "severity": []}, "high"),
        ({"max_severity": ""}, {"id": GHSA["id"]}, "medium"),
        ({"max_severity": "0.0"}, {"id": GHSA["id"]}, "medium"),
    ],
    ids=["score", "vector", "word", "nothing", "no rating"],
)
def test_the_severity_is_the_groups_score_else_of_a_vector_else_a_word(group, record, expected):
    found = finding(osv_scanner, report(package(record, groups=[{**GROUP, **group}])))
    assert found["severity"] == expected


def test_a_newer_version_of_cvss_counts_more_than_an_older_one():
    low = "CVSS:4.0/AV:P/AC:H/AT:P/PR:H/UI:A/VC:L/VI:N/VA:N/SC:N/SI:N/SA:N"
    rated = [*GHSA["severity"], {"type": "CVSS_V4", "score": low}]
    groups = [{**GROUP, "max_severity": None}]
    found = finding(osv_scanner, report(package({**GHSA, "severity": rated}, groups=groups)))
    assert found["severity"] == "low"


@pytest.mark.parametrize(
    ("analysis", "is_suppressed"),
    [
        ({"GO-1": {"called": False, "unimportant": False}}, True),
        ({"GO-1": {"called": False}, "GO-2": {"called": True}}, False),
        ({"GO-1": {"called": True, "unimportant": True}}, True),
        ({"GO-1": {}}, False),
        ({}, False),
    ],
    ids=["uncalled", "one called", "unimportant", "says nothing", "no analysis"],
)
@pytest.mark.parametrize("key", ["experimentalAnalysis", "experimental_analysis"])
def test_what_is_never_called_or_unimportant_is_suppressed(key, analysis, is_suppressed):
    found = finding(osv_scanner, report(package(GHSA, groups=[{**GROUP, key: analysis}])))
    assert found["is_suppressed"] is is_suppressed


def test_a_licence_that_is_not_allowed_is_a_licence_finding():
    bad = package(groups=[], license_violations=["AGPL-3.0"])
    found = finding(osv_scanner, report(bad))
    assert (found["check_type"], found["rule_id"]) == ("licence", "AGPL-3.0")


def test_no_results_are_clean():
    run = read(osv_scanner, {"results": []})
    assert (run.tool, run.is_complete, run.results) == ("osv-scanner", True, 0)
    assert run.check_types == {"sca_vulns"}


@pytest.mark.parametrize("document", [{"results": None}, {}], ids=["null", "absent"])
def test_a_report_without_results_proves_nothing(document):
    assert not read(osv_scanner, document).is_complete


def test_what_does_not_fit_is_named_by_its_path():
    text = json.dumps({"results": [{"packages": [{"groups": {}}]}]}).encode()
    with pytest.raises(ReportFormatError, match=r"\$\.results\[0\]\.packages\[0\]\.groups"):
        osv_scanner.parse(text, LIMITS)


def test_a_flaw_is_the_same_finding_in_sarif():
    as_json = read(osv_scanner, report(package(GHSA)))
    as_sarif = one_run(
        {
            "ruleId": "CVE-2020-8203",
            "message": {
                "text": "Package 'lodash@4.17.15' is vulnerable to 'CVE-2020-8203' "
                "(also known as 'GHSA-p6mc-m468-83gw')."
            },
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": "file:///work/shop/package-lock.json"}
                    }
                }
            ],
        },
        tool="osv-scanner",
        rules=[rule("CVE-2020-8203", deprecatedIds=["CVE-2020-8203", "GHSA-p6mc-m468-83gw"])],
    )
    assert ids(as_json.rows) == ids(as_sarif.rows)
    assert (as_json.tool, as_json.category) == (as_sarif.tool, as_sarif.category)
