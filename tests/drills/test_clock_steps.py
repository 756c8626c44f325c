"""R13: the application's clock jumps; the database keeps its own, so the two are apart too."""

from datetime import UTC, datetime, timedelta

import pytest

from audit.chains import verify_chain
from audit.models import AuditLogSaaS
from codestax.common.acts import act
from compliance.queries import daily_scans
from tests.compliance.builders import scan, secrets
from tests.factories import ApiKeyFactory, MembershipFactory, RepositoryFactory

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
HOUR, APART = timedelta(hours=1), timedelta(seconds=90)
START = datetime(2027, 3, 28, 0, 30, tzinfo=UTC)  # Europe's clocks go forward at 01:00 UTC
STEPS = {
    "an hour back and forward": [START, START - HOUR, START, START + HOUR, START],
    "an hour back over midnight": [
        datetime(2027, 6, 2, 0, 20, tzinfo=UTC),
        datetime(2027, 6, 1, 23, 30, tzinfo=UTC),
    ],
    "90 seconds apart": [START, START + APART, START - APART],
    "leap day": [datetime(2028, 2, day, 23, 59, 59, tzinfo=UTC) for day in (28, 29)]
    + [datetime(2028, 3, 1, tzinfo=UTC)],
    "summer and winter time": [
        START,
        START + HOUR,
        datetime(2027, 10, 31, 0, 30, tzinfo=UTC),
        datetime(2027, 10, 31, 1, 30, tzinfo=UTC),
    ],
}


@pytest.fixture
def member():
    return MembershipFactory(role="owner")


@pytest.mark.parametrize("moments", STEPS.values(), ids=STEPS.keys())
def test_r13_the_audit_log_keeps_the_order_of_what_was_done(member, time_machine, moments):
    before = AuditLogSaaS.objects.filter(org=member.org_id).count()
    for number, moment in enumerate(moments):
        time_machine.move_to(moment, tick=False)
        with act("TICK", organization_id=member.org_id, number=number):
            pass

    entries = AuditLogSaaS.objects.filter(org=member.org_id).order_by("seq")[before:]

    assert [entry.metadata["number"] for entry in entries] == list(range(len(moments)))
    assert [entry.created_at for entry in entries] == moments
    assert [entry.seq for entry in entries] == [before + n + 1 for n in range(len(moments))]
    verify_chain(member.org_id)  # raises where the chain does not hold


@pytest.mark.parametrize(
    ("seconds", "status"), [(-29, 200), (29, 200), (15 * 60 + 29, 200), (15 * 60 + 31, 401)]
)
def test_r13_an_access_token_has_thirty_seconds_of_leeway(
    member, api_as, time_machine, seconds, status
):
    time_machine.move_to(START, tick=False)
    client = api_as(member)  # its token is made now
    time_machine.move_to(START + timedelta(seconds=seconds), tick=False)

    answer = client.get("/api/compliance/frameworks")

    assert answer.status_code == status


def points(api_as, member, repository, days):
    answer = api_as(ApiKeyFactory(membership=member)).get(
        f"/api/compliance/trend/{repository.pk}?days={days}"
    )
    assert answer.status_code == 200
    return [point["scanned_at"] for point in answer.json()["points"]]


@pytest.mark.parametrize("moments", STEPS.values(), ids=STEPS.keys())
def test_r13_a_trend_keeps_the_order_of_its_scans(member, api_as, time_machine, moments):
    repository = RepositoryFactory(org=member.org)
    for moment in moments:
        scan(repository, at=moment)
    time_machine.move_to(max(moments), tick=False)

    found = points(api_as, member, repository, 730)

    assert [datetime.fromisoformat(moment) for moment in found] == list(moments)


@pytest.mark.parametrize("moments", STEPS.values(), ids=STEPS.keys())
def test_r13_a_trend_ends_with_the_score(member, api_as, time_machine, moments):
    repository = RepositoryFactory(org=member.org)
    for moment in moments[:-1]:
        scan(repository, secrets(), at=moment)
    scan(repository, at=moments[-1])
    client = api_as(ApiKeyFactory(membership=member))
    time_machine.move_to(moments[-1], tick=False)

    score = client.get(f"/api/compliance/score/{repository.pk}").json()["executive_summary"]
    trend = client.get(f"/api/compliance/trend/{repository.pk}?days=730").json()["points"]
    charts = daily_scans(member.org, repository.pk, START - timedelta(days=9))

    assert trend[-1]["score"] == score["overall_score"] > trend[0]["score"]
    assert charts[-1].completed_at == moments[-1]


@pytest.mark.parametrize("now", [max(moments) for moments in STEPS.values()], ids=STEPS.keys())
def test_r13_the_days_of_a_trend_are_days_of_utc(member, api_as, time_machine, now):
    repository = RepositoryFactory(org=member.org)
    edge = now - timedelta(days=1)
    inside = scan(repository, at=edge + timedelta(seconds=1))
    scan(repository, at=edge - timedelta(seconds=1))
    time_machine.move_to(now, tick=False)

    found = points(api_as, member, repository, 1)

    assert [datetime.fromisoformat(moment) for moment in found] == [inside.completed_at]
