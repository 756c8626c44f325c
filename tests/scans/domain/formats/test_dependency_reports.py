"""What holds for the reports of all dependency scanners."""

import json
from dataclasses import replace

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from codestax.common.errors import ReportFormatError, ReportTooLargeError
from scans.domain.findings import SEVERITY_ORDER
from scans.domain.formats import cyclonedx, npm_audit, osv_scanner, pip_audit, trivy
from tests.scans.domain.formats.reading import LIMITS, ids, read
from tests.scans.domain.formats.test_cyclonedx import FLAW as CYCLONEDX_FLAW
from tests.scans.domain.formats.test_cyclonedx import bom
from tests.scans.domain.formats.test_npm_audit import ADVISORY, old_report, package
from tests.scans.domain.formats.test_npm_audit import report as of_npm
from tests.scans.domain.formats.test_osv_scanner import GHSA as GHSA_RECORD
from tests.scans.domain.formats.test_osv_scanner import package as osv_package
from tests.scans.domain.formats.test_osv_scanner import report as of_osv
from tests.scans.domain.formats.test_pip_audit import FLASK, SKIPPED
from tests.scans.domain.formats.test_pip_audit import report as of_pip
from tests.scans.domain.formats.test_trivy import BUCKET, KEY, checks, packages, secrets
from tests.scans.domain.formats.test_trivy import FLAW as TRIVY_FLAW
from tests.scans.domain.formats.test_trivy import report as of_trivy

CVE, GHSA = "CVE-2020-8203", "GHSA-p6mc-m468-83gw"
LOCK = "package-lock.json"


def by_trivy(cve=CVE, name="lodash", path=LOCK):
    flaw = {"VulnerabilityID": cve, "PkgName": name, "InstalledVersion": "1.0"}
    return trivy, of_trivy(packages(flaw, target=path))


def by_osv(cve=CVE, name="lodash", path=LOCK):
    group = {"ids": [GHSA], "aliases": [GHSA, cve]}
    package = {"package": {"name": name, "version": "1.0"}, "groups": [group]}
    return osv_scanner, of_osv(package, path=path)


def by_cyclonedx(cve=CVE, purl="pkg:npm/lodash@1.0", path=LOCK):
    component = {
        "bom-ref": "1",
        "name": purl.split("/")[-1].split("@", maxsplit=1)[0],
        "version": "1.0",
        "purl": purl,
        "properties": [{"name": "syft:location:0:path", "value": f"/{path}" if path else ""}],
    }
    return cyclonedx, bom({"id": cve, "affects": [{"ref": "1"}]}, parts=[component])


def by_npm(cve=CVE, name="lodash"):
    advisory = {"id": 1, "module_name": name, "cves": [cve], "github_advisory_id": GHSA}
    return npm_audit, old_report(advisory, runId="1")


def by_pip(cve=CVE, name="lodash"):
    flaw = {"id": "PYSEC-1", "aliases": [cve, GHSA]}
    return pip_audit, of_pip({"name": name, "version": "1.0", "vulns": [flaw]})


SAME = {
    "npm": [by_trivy(), by_osv(), by_cyclonedx(), by_npm()],
    "npm scope": [
        by_trivy(name="@babel/core"),
        by_osv(name="@babel/core"),
        by_cyclonedx(purl="pkg:npm/%40babel/core@1.0"),
        by_npm(name="@babel/core"),
    ],
    "PyPI": [
        by_trivy(name="Flask_Admin", path=""),
        by_osv(name="flask.admin", path=""),
        by_cyclonedx(purl="pkg:pypi/flask-admin@1.0", path=""),
        by_pip(name="flask-admin"),
    ],
    "Maven": [
        by_trivy(name="org.slf4j:slf4j-api", path="pom.xml"),
        by_osv(name="org.slf4j:slf4j-api", path="pom.xml"),
        by_cyclonedx(purl="pkg:maven/org.slf4j/slf4j-api@1.0", path="pom.xml"),
    ],
}


@pytest.mark.parametrize("reports", SAME.values(), ids=SAME.keys())
def test_one_flaw_in_one_package_and_file_is_one_finding_whoever_reports_it(reports):
    found = [ids(read(*one).rows) for one in reports]
    assert all(map(len, found))
    assert len(set().union(*found)) == 1


@pytest.mark.parametrize(
    "change",
    [{"cve": "CVE-2021-23337"}, {"name": "lodash-es"}, {"path": "web/package-lock.json"}],
    ids=["flaw", "package", "file"],
)
def test_another_flaw_package_or_file_is_another_finding(change):
    assert ids(read(*by_trivy(**change)).rows).isdisjoint(ids(read(*by_trivy()).rows))


@pytest.mark.parametrize(
    ("module", "report"),
    [by_trivy(), by_osv(), by_cyclonedx(), by_npm(), by_pip()],
    ids=["trivy", "osv", "cyclonedx", "npm", "pip"],
)
def test_a_report_of_too_many_results_is_refused(module, report):
    assert len(read(module, report, replace(LIMITS, results=1)).rows) == 1
    with pytest.raises(ReportTooLargeError, match="more than 0 results"):
        read(module, report, replace(LIMITS, results=0))


def test_entries_that_are_no_findings_count_against_the_limit():
    skipped = [{"name": "a", "skip_reason": "x"}] * 2
    with pytest.raises(ReportTooLargeError):
        read(pip_audit, of_pip(*skipped), replace(LIMITS, results=1))


SAMPLES = {
    "cyclonedx": (
        cyclonedx,
        bom(
            {**CYCLONEDX_FLAW, "analysis": {"state": "resolved"}},
            {**CYCLONEDX_FLAW, "affects": [{"ref": "1", "versions": [{"version": "1.0"}]}]},
            parts=[{"bom-ref": "1", "name": "a", "properties": [{"name": "b", "value": "c"}]}],
        ),
    ),
    "trivy": (
        trivy,
        of_trivy(
            packages(TRIVY_FLAW, ExperimentalModifiedFindings=[{"Type": "secret", "Finding": KEY}]),
            checks(BUCKET),
            secrets(KEY),
        ),
    ),
    "npm": (npm_audit, {**of_npm(minimist=package(ADVISORY, "other")), **old_report(ADVISORY)}),
    "pip": (pip_audit, of_pip(FLASK, SKIPPED)),
    "osv": (osv_scanner, of_osv(osv_package(GHSA_RECORD, license_violations=["MIT"]))),
}
WORDS = [CVE, GHSA, "CVSS:3.1/AV:N", "../x", "C:\\a", "file:///a", "os-pkgs", "\x00", "pkg:a/b@c"]
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
    st.sampled_from(WORDS),
)
VALUES = SCALARS | st.lists(SCALARS, max_size=2) | st.dictionaries(st.text(), SCALARS, max_size=2)


def places(value):
    """The object or array, and the key in it, of everything in a report."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in items:
        yield value, key
        if isinstance(inner, dict | list | tuple):
            yield from places(inner)


@pytest.mark.parametrize(("module", "sample"), SAMPLES.values(), ids=SAMPLES.keys())
@given(data=st.data())
def test_a_damaged_report_is_read_or_refused_with_a_reason(module, sample, data):
    report = json.loads(json.dumps(sample))
    for _ in range(data.draw(st.integers(1, 4))):
        inside, key = data.draw(st.sampled_from(list(places(report))))
        inside[key] = data.draw(VALUES)
    try:
        run = read(module, report)
    except ReportFormatError as error:
        event(error.message[:40])
        return
    suppressed = sum(row[8] for row in run.rows)
    active = len(run.rows) - suppressed
    assert run.results == active + suppressed + run.duplicates + sum(run.ignored.values())
    assert all(row[2] in SEVERITY_ORDER and row[1] for row in run.rows)
