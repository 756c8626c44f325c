import json

import pytest

from codestax.common.errors import ReportFormatError
from scans.domain.formats import cyclonedx
from tests.scans.domain import corpus
from tests.scans.domain.formats.reading import LIMITS, finding, findings, ids, read, read_text

GRYPE = {"components": [{"type": "application", "name": "grype", "version": "0.87.0"}]}
VECTOR = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
LODASH = {
    "bom-ref": "lodash-1",
    "type": "library",
    "name": "lodash",
    "version": "4.17.15",
    "purl": "pkg:npm/lodash@4.17.15",
}
FLAW = {
    "id": "GHSA-p6mc-m468-83gw",
    "references": [{"id": "CVE-2020-8203", "source": {"name": "NVD"}}],
    "ratings": [{"score": 7.4, "severity": "high", "method": "CVSSv31"}],
    "cwes": [1321, "CWE-770"],
    "description": "Prototype pollution\nin zipObjectDeep.",
    "affects": [{"ref": "lodash-1"}],
}


def bom(*flaws, parts=(LODASH,), tools=GRYPE, **more):
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "metadata": {"tools": tools},
        "components": list(parts),
        "vulnerabilities": list(flaws),
        **more,
    }


def test_each_affected_component_is_a_vulnerable_component():
    express = {**LODASH, "bom-ref": "express-1", "name": "express", "purl": "pkg:npm/express@4.0"}
    flaw = {**FLAW, "affects": [{"ref": "lodash-1"}, {"ref": "express-1"}]}
    first, second = findings(cyclonedx, bom(flaw, parts=[LODASH, express]))
    assert first["check_type"] == second["check_type"] == "sca_vulns"
    assert first["rule_id"] == "GHSA-p6mc-m468-83gw"
    assert first["severity"] == "high"
    assert first["cwes"] == (770, 1321)
    assert first["message"] == "lodash 4.17.15: Prototype pollution in zipObjectDeep."
    assert second["message"].startswith("express 4.17.15: ")


def test_a_component_may_be_nested_in_others():
    outer = {"bom-ref": "app", "name": "app", "components": [{"name": "x", "components": [LODASH]}]}
    assert finding(cyclonedx, bom(FLAW, parts=[outer]))["message"].startswith("lodash 4.17.15")


def test_a_flaw_that_names_no_component_is_one_of_the_product():
    product = {"tools": GRYPE, "component": {"name": "shop", "version": "1.2"}}
    found = finding(cyclonedx, bom({**FLAW, "affects": None}, metadata=product))
    assert found["message"].startswith("shop 1.2: ")


def test_a_reference_may_be_a_purl_without_the_version():
    flaw = {**FLAW, "affects": [{"ref": "pkg:npm/lodash"}]}
    assert finding(cyclonedx, bom(flaw)) == finding(cyclonedx, bom(FLAW))


def test_a_vex_document_without_components_is_read():
    link = "urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1#pkg%3Anpm/lodash@4.17.15"
    vex = bom({**FLAW, "affects": [{"ref": link}]}, parts=[])
    assert ids(read(cyclonedx, vex).rows) == ids(read(cyclonedx, bom(FLAW)).rows)


@pytest.mark.parametrize(
    "state", ["exploitable", "in_triage", None], ids=["exploitable", "in triage", "none"]
)
def test_a_flaw_counts_unless_it_was_ruled_out(state):
    found = finding(cyclonedx, bom({**FLAW, "analysis": {"state": state}}))
    assert not found["is_suppressed"]


@pytest.mark.parametrize("state", ["not_affected", "false_positive"])
def test_a_flaw_that_was_ruled_out_is_suppressed(state):
    assert finding(cyclonedx, bom({**FLAW, "analysis": {"state": state}}))["is_suppressed"]


@pytest.mark.parametrize("state", ["resolved", "resolved_with_pedigree"])
def test_a_resolved_flaw_is_no_finding(state):
    run = read(cyclonedx, bom({**FLAW, "analysis": {"state": state}}))
    assert (run.rows, run.ignored, run.results) == ([], {"vex_resolved": 1}, 1)
    assert (run.is_complete, run.check_types) == (True, {"sca_vulns"})


@pytest.mark.parametrize(
    ("versions", "is_suppressed"),
    [
        ([{"version": "4.17.15", "status": "unaffected"}], True),
        ([{"range": "vers:npm/>4", "status": "unaffected"}], True),
        ([{"version": "4.17.15"}, {"version": "5.0", "status": "unaffected"}], False),
        ([{"version": "4.17.15", "status": "unaffected"}, {"version": "4.0"}], True),
        ([{"version": "4.17.15", "status": "unknown"}], False),
        ([], False),
    ],
    ids=["own version", "range", "another version", "own one of two", "unknown", "none"],
)
def test_an_unaffected_version_is_suppressed(versions, is_suppressed):
    flaw = {**FLAW, "affects": [{"ref": "lodash-1", "versions": versions}]}
    assert finding(cyclonedx, bom(flaw))["is_suppressed"] is is_suppressed


@pytest.mark.parametrize(
    ("ratings", "expected"),
    [
        ([{"score": 9.8, "method": "CVSSv2"}, {"score": 5, "method": "CVSSv31"}], "medium"),
        ([{"score": 5, "method": "CVSSv31"}, {"score": 2, "method": "CVSSv4"}], "low"),
        ([{"score": 5, "method": "CVSSv3"}, {"score": "8.1", "method": "CVSSv3"}], "high"),
        ([{"vector": VECTOR, "method": "CVSSv31"}], "critical"),
        ([{"score": 9.9, "method": "OWASP", "severity": "low"}], "low"),
        ([{"score": 0, "method": "CVSSv31", "severity": "high"}], "high"),
        ([{"severity": "low"}, {"severity": "critical"}, {"severity": "unknown"}], "critical"),
        ([{"severity": "none"}], "info"),
        ([{"severity": "unknown"}], "medium"),
        ([{"score": 8.1}], "high"),
        ([], "medium"),
    ],
    ids=[
        "3.1 before 2",
        "4 before 3.1",
        "highest of a method",
        "vector",
        "no CVSS score",
        "score 0 is none",
        "worst word",
        "harmless",
        "unknown",
        "score without method",
        "nothing",
    ],
)
def test_the_severity_is_the_best_methods_highest_score_else_the_worst_word(ratings, expected):
    assert finding(cyclonedx, bom({**FLAW, "ratings": ratings}))["severity"] == expected


@pytest.mark.parametrize(
    "place",
    [
        {"properties": [{"name": "aquasecurity:trivy:FilePath", "value": "web/yarn.lock"}]},
        {"properties": [{"name": "syft:location:0:path", "value": "/web/yarn.lock"}]},
        {"evidence": {"occurrences": [{"location": "web/yarn.lock"}, {"location": "other"}]}},
    ],
    ids=["Trivy", "Syft", "evidence"],
)
def test_the_path_is_where_the_component_was_found(place):
    assert finding(cyclonedx, bom(FLAW, parts=[{**LODASH, **place}]))["path"] == "web/yarn.lock"


def test_a_component_whose_place_is_not_told_has_no_path():
    assert finding(cyclonedx, bom(FLAW))["path"] == ""


@pytest.mark.parametrize(
    ("tools", "tool", "version"),
    [
        (GRYPE, "grype", "0.87.0"),
        ([{"vendor": "anchore", "name": "grype", "version": "0.70"}], "grype", "0.70"),
        ({"services": [{"name": "Snyk Open Source"}]}, "Snyk Open Source", ""),
        ([{"name": "some-library"}, {"name": "trivy", "version": 0.69}], "trivy", "0.69"),
        ([{"name": "cdxgen"}, {"name": "another"}], "cdxgen", ""),
        ([{"vendor": "nameless"}], "CycloneDX", ""),
        (None, "CycloneDX", ""),
    ],
    ids=["1.5", "1.4", "service", "known before others", "unknown", "nameless", "none"],
)
def test_the_tool_is_the_first_known_scanner_that_is_named(tools, tool, version):
    run = read(cyclonedx, bom(FLAW, tools=tools))
    assert (run.tool, run.version) == (tool, version)


def test_no_vulnerabilities_are_clean_from_a_tool_that_looks_for_nothing_else():
    run = read(cyclonedx, bom())
    assert (run.is_complete, run.check_types, run.results) == (True, {"sca_vulns"}, 0)


@pytest.mark.parametrize("tool", ["trivy", "syft", "cdxgen"])
def test_no_vulnerabilities_of_another_tool_prove_and_close_nothing(tool):
    run = read(cyclonedx, bom(tools=[{"name": tool}]))
    assert (run.is_complete, run.check_types) == (False, set())


@pytest.mark.parametrize("tool", ["trivy", "syft", "cdxgen"])
def test_vulnerabilities_of_any_tool_prove_that_they_were_looked_for(tool):
    run = read(cyclonedx, bom(FLAW, tools=[{"name": tool}]))
    assert (run.is_complete, run.check_types) == (True, {"sca_vulns"})


@pytest.mark.parametrize("tool", ["grype", "trivy", "syft"])
def test_an_inventory_without_vulnerabilities_is_incomplete(tool):
    inventory = bom(tools=[{"name": tool}], vulnerabilities=None)
    run = read(cyclonedx, inventory)
    assert (run.is_complete, run.results) == (False, 0)


def test_what_does_not_fit_is_named_by_its_path():
    text = json.dumps(bom({**FLAW, "ratings": "high"})).encode()
    with pytest.raises(ReportFormatError, match=r"CycloneDX.*\$\.vulnerabilities\[0\]\.ratings"):
        cyclonedx.parse(text, LIMITS)


@pytest.mark.parametrize(
    ("name", "tool"),
    [
        ("cyclonedx-npm-NodeGoat.cdx.json", "npm"),
        ("cyclonedx-py-pygoat.cdx.json", "cyclonedx-py"),
        ("syft-juice-shop.cdx.json", "syft"),
    ],
)
def test_a_real_inventory_proves_and_closes_nothing(name, tool):
    corpus.require()
    run = read_text(cyclonedx, corpus.content(name))
    assert (run.tool, run.rows, run.results) == (tool, [], 0)
    assert (run.is_complete, run.check_types) == (False, set())
