"""The findings that a control's page lists are those that its score counts."""

import pytest

from compliance.control_findings import findings_of
from compliance.domain.catalog import builtin_frameworks
from compliance.domain.measures import flaws, measures_of
from compliance.domain.reasons import FINDING_LABELS
from compliance.domain.snapshot import take_snapshot
from compliance.queries import LatestScan, current_policy, latest_scan
from scans.domain.evidence import FindingGroup
from scans.domain.findings import LICENCE, SEVERITY_ORDER
from scans.models import Finding
from tests.compliance.builders import EVERY_FINDING_TYPE, NOW, evidence, scan

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]

EVERYTHING = slice(0, 1_000)
# None, in one list, in several, hard-coded credentials, in none.
CWE_LISTS = ([], [22], [79, 327], [798], [9999])
CONTROLS = [
    pytest.param(control, id=f"{framework.key}-{control.id}")
    for framework in builtin_frameworks().values()
    for control in framework.controls
    if control.check_type in FINDING_LABELS
]


@pytest.fixture
def kinds(repository):
    """One finding of every check type, severity and list of CWEs, and the scan's evidence."""
    made = scan(repository)
    all_kinds = [
        (check_type, severity, cwes)
        for check_type in (*EVERY_FINDING_TYPE, LICENCE)
        for severity in SEVERITY_ORDER
        for cwes in CWE_LISTS
    ]
    Finding.objects.bulk_create(
        finding(made, number, *kind) for number, kind in enumerate(all_kinds)
    )
    made.evidence = evidence(
        *(FindingGroup(check, severity, tuple(cwes), 1) for check, severity, cwes in all_kinds)
    )
    made.save()
    return all_kinds


def finding(made, number, check_type, severity, cwes, **fields):
    defaults = {
        "org": made.org,
        "repository": made.repository,
        "branch": "main",
        "tool": "scanner",
        "fingerprint": number.to_bytes(16, "big"),
        "opened_scan": made,
        "check_type": check_type,
        "severity": severity,
        "cwes": cwes,
        "rule_id": f"{check_type}/{severity}/{cwes}",
        "path": "app.py",
        "line": number + 1,
    }
    return Finding(**{**defaults, **fields})


def listed(organization, repository, control, page=EVERYTHING):
    latest = latest_scan(organization, repository.pk)
    return findings_of(organization, repository, control, latest, NOW, page=page)


@pytest.mark.parametrize("control", CONTROLS)
def test_a_control_lists_the_findings_that_its_score_counts(
    organization, repository, kinds, control
):
    measured = measures_of((control,))
    latest = latest_scan(organization, repository.pk)
    snapshot = take_snapshot(measured.selection, latest.evidence, NOW)
    counted = [kinds[index] for index in flaws(measured.measures[0], snapshot)]

    found = listed(organization, repository, control)

    assert sorted(one.rule_id for one in found) == sorted(
        f"{check_type}/{severity}/{cwes}" for check_type, severity, cwes in counted
    )


@pytest.fixture
def control():
    """It looks at every secret."""
    (found,) = (one for one in builtin_frameworks()["soc2"].controls if one.id == "CC6.1")
    return found


def test_the_worst_comes_first_then_the_newest(organization, repository, control):
    made = scan(repository)
    Finding.objects.bulk_create(
        finding(made, number, "secrets", severity, [])
        for number, severity in enumerate(["low", "critical", "high", "critical"])
    )

    assert [one.line for one in listed(organization, repository, control)] == [4, 2, 3, 1]


def test_a_page_is_a_part_of_the_list(organization, repository, control):
    made = scan(repository)
    Finding.objects.bulk_create(finding(made, number, "secrets", "high", []) for number in range(5))

    assert [one.line for one in listed(organization, repository, control, slice(2, 4))] == [3, 2]


@pytest.mark.parametrize(
    "fields",
    [{"is_suppressed": True}, {"branch": "feature"}, {"tool": "another"}, {"category": "other"}],
    ids=lambda fields: next(iter(fields)),
)
def test_what_does_not_count_is_not_listed(organization, repository, control, fields):
    made = scan(repository)
    finding(made, 1, "secrets", "high", [], **fields).save()

    assert listed(organization, repository, control) == []


def test_a_closed_finding_is_not_listed(organization, repository, control):
    made = scan(repository)
    finding(made, 1, "secrets", "high", [], closed_scan=made).save()

    assert listed(organization, repository, control) == []


def test_without_a_scan_nothing_is_listed(organization, repository, control):
    latest = LatestScan(repository.pk, repository.name, current_policy(organization))

    assert findings_of(organization, repository, control, latest, NOW, page=EVERYTHING) == []


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"path": "app.py", "line": 3}, "app.py:3"),
        ({"path": "app.py", "line": None}, "app.py"),
        ({"path": "", "line": None}, ""),
    ],
    ids=["line", "file", "neither"],
)
def test_a_place_is_a_file_and_a_line_where_they_are_known(
    organization, repository, control, fields, place
):
    made = scan(repository)
    finding(made, 1, "secrets", "high", [], **fields).save()

    (found,) = listed(organization, repository, control)

    assert found.place == place
    assert found.first_seen == NOW
