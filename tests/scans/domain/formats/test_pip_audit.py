import json

import pytest

from codestax.common.errors import ReportFormatError
from scans.domain.formats import pip_audit
from tests.scans.domain import corpus
from tests.scans.domain.formats.reading import LIMITS, finding, findings, read, read_text

FLAW = {"id": "PYSEC-2023-1", "aliases": ["CVE-2023-30861"], "fix_versions": ["2.2.5", "2.3.2"]}
FLASK = {"name": "flask", "version": "2.2.0", "vulns": [FLAW]}
CLEAN = {"name": "click", "version": "8.1.3", "vulns": []}
SKIPPED = {"name": "inhouse", "skip_reason": "Dependency not found on PyPI"}
OWN_CODE = {"name": "shop", "skip_reason": "distribution marked as editable"}


def report(*dependencies):
    return {"dependencies": list(dependencies), "fixes": []}


def test_each_flaw_of_a_dependency_is_a_vulnerable_component_of_medium_severity():
    found = finding(pip_audit, report(FLASK, CLEAN))
    assert found["check_type"] == "sca_vulns"
    assert found["severity"] == "medium"
    assert found["rule_id"] == "PYSEC-2023-1"
    assert found["message"] == "flask 2.2.0: PYSEC-2023-1, fixed in 2.2.5, 2.3.2"
    assert (found["path"], found["line"]) == ("", None)


def test_the_description_is_the_message_where_it_was_asked_for():
    flaw = {**FLAW, "description": "Session cookies\nleak."}
    found = finding(pip_audit, report({**FLASK, "vulns": [flaw]}))
    assert found["message"] == "flask 2.2.0: Session cookies leak."


def test_a_flaw_is_known_by_its_cve_id_whichever_database_named_it():
    same = {"id": "GHSA-m2qf-hxjv-5gpq", "aliases": ["CVE-2023-30861"]}
    assert len(findings(pip_audit, report({**FLASK, "vulns": [FLAW, same]}))) == 1


def test_the_list_of_dependencies_stands_alone_in_old_reports():
    assert findings(pip_audit, [FLASK]) == findings(pip_audit, report(FLASK))


def test_a_clean_report_proves_that_no_dependency_is_vulnerable():
    run = read(pip_audit, report(CLEAN))
    assert (run.tool, run.is_complete, run.results) == ("pip-audit", True, 0)
    assert run.check_types == {"sca_vulns"}


@pytest.mark.parametrize(
    "dependencies",
    [(CLEAN, SKIPPED), (SKIPPED,), (OWN_CODE,), (CLEAN, OWN_CODE, SKIPPED), ()],
    ids=["one skipped", "all skipped", "own code alone", "several reasons", "nothing audited"],
)
def test_a_report_that_leaves_something_unaudited_is_incomplete(dependencies):
    assert not read(pip_audit, report(*dependencies)).is_complete


def test_the_projects_own_code_may_be_skipped():
    run = read(pip_audit, report(CLEAN, OWN_CODE))
    assert run.is_complete
    assert run.ignored == {"dependency_skipped": 1}


def test_a_report_without_dependencies_is_incomplete():
    assert not read(pip_audit, {}).is_complete


def test_what_does_not_fit_is_named_by_its_path():
    text = json.dumps(report({"name": ["flask"]})).encode()
    with pytest.raises(ReportFormatError, match=r"pip-audit.*\$\.dependencies\[0\]\.name"):
        pip_audit.parse(text, LIMITS)


def test_a_real_report_that_skipped_everything_is_no_evidence():
    corpus.require()
    run = read_text(pip_audit, corpus.content("pip-audit-pygoat-all-skipped.json"))
    assert not run.is_complete
    assert not run.rows
    assert run.ignored["dependency_skipped"] == run.results > 0
