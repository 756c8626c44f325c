"""Real and hostile reports, sent over HTTP as a pipeline sends them."""

import gzip
import re

import pytest

from audit.models import AuditLogSaaS
from scans.models import Analysis, Finding, Scan
from tests.scans.domain import corpus

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

# Over 90,000 results: it alone takes longer than all others.
BIG = {"ruff-django-large.sarif.gz"}
REAL = [pytest.param(name, marks=pytest.mark.slow) if name in BIG else name for name in corpus.REAL]
# Old Anchore, as old Grype, writes that every result is suppressed; what it lists is open.
MARKS_THAT_MEAN_NOTHING = {"anchore-0.7.3-demo.sarif"}


@pytest.fixture(autouse=True)
def _reports():
    corpus.require()


@pytest.fixture
def upload(client, repository):
    def send(body, commit):
        return client.post(
            f"/api/repos/{repository.pk}/scans?commit={commit}",
            data=body,
            content_type="application/sarif+json",
        )

    return send


def spaced(name):
    """The same report in other bytes, so that it is read again and compared."""
    return gzip.compress(corpus.content(name) + b"\n", compresslevel=1)


def fixed(facts, name):
    """How many results the manifest calls suppressed, where the tool's marks mean it."""
    return 0 if name in MARKS_THAT_MEAN_NOTHING else facts["suppressed"].get("yes", 0)


def expected_ignored(facts, name):
    """The manifest's results that are no findings: by kind, and gone since the baseline."""
    absent = 0 if name in MARKS_THAT_MEAN_NOTHING else facts["baselineState"].get("absent", 0)
    kinds = {
        f"kind_{kind}": facts["kind"][kind]
        for kind in ("informational", "notApplicable", "pass")
        if kind in facts["kind"]
    }
    return kinds | ({"baseline_absent": absent} if absent else {})


@pytest.mark.parametrize("name", REAL)
def test_a_real_report_is_taken_in_explained_and_stays_the_same(client, repository, upload, name):
    facts = corpus.manifest("dev")[name]

    first = upload(corpus.sent("dev", name), "c1")
    again = upload(corpus.sent("dev", name), "c2")
    read_again = upload(spaced(name), "c3")
    score = client.get(f"/api/compliance/score/{repository.pk}")

    assert (first.status_code, again.status_code, read_again.status_code) == (201, 201, 201)
    counts = first.json()["counts"]
    assert counts["results"] == facts["results"]
    assert counts["results"] == accounted(counts)
    assert counts["opened"] == repository_findings(repository, is_suppressed=False)
    assert counts["suppressed"] == repository_findings(repository, is_suppressed=True)
    assert counts["suppressed"] <= fixed(facts, name) <= counts["suppressed"] + counts["duplicates"]
    assert counts["ignored"] == expected_ignored(facts, name)
    assert unchanged(again) == unchanged(read_again) == counts["opened"]
    assert score.status_code == 200
    assert 0 <= score.json()["executive_summary"]["overall_score"] <= 100


def accounted(counts):
    parts = (counts[part] for part in ("opened", "unchanged", "duplicates", "suppressed"))
    return sum(parts) + sum(counts["ignored"].values())


def repository_findings(repository, **state):
    return Finding.objects.filter(repository=repository, closed_scan=None, **state).count()


def unchanged(answer):
    """How many findings an upload found again, where it opened and closed none."""
    counts = answer.json()["counts"]
    assert (counts["opened"], counts["closed"]) == (0, 0)
    assert counts["results"] == accounted(counts)
    return counts["unchanged"]


def test_three_scans_of_one_repository_open_and_close_what_changed(client, repository, upload):
    series = ["1-2022-06", "2-2023-04", "3-head"]

    answers = [
        upload(corpus.sent("dev", f"bandit-pygoat-{name}.sarif"), f"c{name[0]}").json()
        for name in series
    ]

    held = [
        Finding.objects.present_at(Scan.objects.get(pk=answer["id"])).count() for answer in answers
    ]
    counts = [answer["counts"] for answer in answers]
    assert held == [one["opened"] + one["unchanged"] for one in counts]
    for before, now, found in zip(held, held[1:], counts[1:], strict=False):
        assert now == before + found["opened"] - found["closed"]


def allowed(facts):
    """The statuses that the list of answers names for a hostile report."""
    other = facts.get("also_acceptable", "")
    statuses = {int(status) for status in re.findall(r"\b4\d\d\b", other)}
    if facts["answer"] == "accept":
        return statuses | {201}
    # This API says 400 of everything that is not the format, 422 of nothing.
    refusals = {400 if status == 422 else status for status in statuses | {facts["status"]}}
    return refusals | ({201} if "accept" in other else set())


@pytest.mark.parametrize("name", corpus.HOSTILE)
def test_a_hostile_report_gets_an_allowed_answer_and_leaves_nothing_when_refused(
    client, repository, upload, name
):
    facts = corpus.manifest("bad")[name]

    answer = upload(corpus.sent("bad", name), "c1")

    assert answer.status_code in allowed(facts), answer.content[:500]
    if answer.status_code == 201:
        counts = answer.json()["counts"]
        assert counts["results"] == accounted(counts)
        assert counts["results"] - counts["duplicates"] == facts["findings"]
    else:
        assert isinstance(answer.json()["detail"], str)
        assert stored() == (0, 0, 0, 0)
    assert client.get(f"/api/repos/{repository.pk}/findings").status_code == 200
    assert client.get(f"/api/compliance/score/{repository.pk}").status_code == 200


def stored():
    uploads = AuditLogSaaS.objects.filter(action="SCAN_UPLOADED")
    return tuple(
        rows.count() for rows in (Scan.objects, Analysis.objects, Finding.objects, uploads)
    )


UNREAD = {"shellcheck-redis.json", "syft-juice-shop.spdx.json"}


@pytest.mark.parametrize("name", sorted(UNREAD))
def test_a_report_that_is_not_read_is_refused(upload, name):
    answer = upload(corpus.sent("dev", name), "c1")

    assert answer.status_code == 415
    assert stored() == (0, 0, 0, 0)


@pytest.mark.parametrize("name", [name for name in corpus.OTHER if name not in UNREAD])
def test_a_report_of_another_format_than_sarif_is_taken_in(upload, name):
    answer = upload(corpus.sent("dev", name), "c1")

    counts = answer.json()["counts"]
    explained = counts["opened"] + counts["duplicates"] + sum(counts["ignored"].values())
    assert (answer.status_code, counts["results"]) == (201, explained)
