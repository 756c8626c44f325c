"""The organization at a glance."""

from datetime import timedelta

import pytest

from compliance.domain.scoring import evaluate
from compliance.queries import current_policy
from scans.models import Scan
from tests.compliance.builders import NOW, enable, evidence, scan, secrets
from tests.factories import MembershipFactory, OrganizationFactory, RepositoryFactory
from tests.pages.addresses import member_of, text_of
from tests.pages.compliance.shown import DASHBOARD, names, queries_of, scanned, score_of
from tests.pages.reading import read

pytestmark = pytest.mark.django_db


def test_a_stranger_is_sent_to_sign_in_and_comes_back(client):
    answer = client.get(DASHBOARD)

    assert answer.status_code == 302
    assert answer["Location"] == f"/login?next={DASHBOARD}"


@pytest.mark.parametrize("role", ["viewer", "member", "admin", "owner"])
def test_every_role_sees_the_whole_page(organization, page_as, role):
    scanned(organization, "checkout")

    page = read(page_as(member_of(organization, role)).get(DASHBOARD))

    assert names(page) == ["checkout"]


def test_with_one_repository_the_organizations_score_is_that_repositorys(organization, dashboard):
    scanned(organization, "checkout", secrets())

    assert (
        f"Overall score {score_of(organization, secrets())} " in dashboard().section("overall").text
    )


def test_the_score_is_the_mean_over_all_controls_rounded_down(organization, dashboard):
    enable(organization, ["soc2"])
    for number in range(2):
        scanned(organization, f"clean-{number}")
    scanned(organization, "leaky", secrets())

    clean, leaky = (
        evaluate(evidence(*groups), current_policy(organization), NOW).frameworks["soc2"].controls
        for groups in ((), (secrets(),))
    )
    earned = sum(control.credit for control in (*clean, *clean, *leaky))
    assert f"Overall score {earned // 45} " in dashboard().section("overall").text


def test_a_repository_without_a_scan_counts_as_nothing_and_is_said(organization, dashboard):
    scanned(organization, "checkout")
    RepositoryFactory(org=organization, name="new")

    shown = dashboard()

    assert "1 without a scan, which counts as 0" in shown.section("overall").text
    assert f"Overall score {score_of(organization) // 2} " in shown.section("overall").text
    assert shown.section("repositories").table()[0][:2] == ["new", "0 Not Assessed"]


def test_a_framework_shows_its_score_its_counts_and_its_coverage(organization, dashboard):
    enable(organization, ["soc2"])
    scanned(organization, "checkout", secrets())

    card = dashboard().section("frameworks").one("article", **{"class": "card stack stack--close"})

    expected = evaluate(evidence(secrets()), current_policy(organization), NOW).frameworks["soc2"]
    assert card.text.startswith(f"SOC 2 Type II {expected.score} ")
    assert card.text.endswith(f"Coverage {expected.coverage}%")


def test_the_change_is_against_the_start_of_the_day_thirty_days_ago(organization, dashboard):
    made = scanned(organization, "checkout", secrets(), days_ago=31)
    scan(made, secrets(), secrets(severity="high"), at=NOW - timedelta(days=29))
    scan(made, at=NOW)
    then = evaluate(
        evidence(secrets(), at=NOW - timedelta(days=31)),
        current_policy(organization),
        (NOW - timedelta(days=30)).replace(hour=0),
    )

    text = dashboard().section("overall").text

    gained = score_of(organization) - then.summary.overall_score
    assert f"+{gained} since 27 Mar 2026" in text


def test_without_anything_thirty_days_ago_there_is_no_change(organization, dashboard):
    scanned(organization, "checkout")

    assert "nothing to compare with yet" in dashboard().section("overall").text


def test_a_framework_above_the_plan_is_an_upgrade_prompt(organization, dashboard):
    scanned(organization, "checkout")

    text = dashboard().section("frameworks").text

    assert "HIPAA Enterprise plan Upgrade to the Enterprise plan" in text
    assert "You are on the Team plan." in text


def test_a_framework_that_is_not_enabled_is_not_shown(organization, dashboard):
    enable(organization, ["soc2"])
    scanned(organization, "checkout")

    text = dashboard().section("frameworks").text

    assert "SOC 2" in text
    assert "OWASP" not in text


def test_without_a_framework_the_page_says_what_to_do(organization, dashboard):
    enable(organization, [])
    scanned(organization, "checkout")

    assert "No framework is enabled" in dashboard().section("frameworks").text


def test_what_costs_most_points_comes_first_with_where_it_is_lost(organization, dashboard):
    enable(organization, ["soc2"])
    scanned(organization, "clean")
    leaky = scanned(organization, "leaky", secrets())

    section = dashboard().section("costs")

    lines = {line[0]: line[1:] for line in section.table()}
    (link,) = (link for link in section.all("a") if "check_type=secrets" in link.attributes["href"])
    points = [line[1].removeprefix("under ") for line in section.table()]
    assert lines["Secrets management"][1:] == ["1 fail", "leaky"]
    assert link.attributes["href"].startswith(f"{DASHBOARD}/repos/{leaky.pk}?")
    assert points == sorted(points, key=int, reverse=True)


def test_another_organizations_repositories_are_in_no_number(organization, dashboard):
    scanned(organization, "ours")
    alone = dashboard().section("overall").text
    scanned(OrganizationFactory(), "theirs", secrets(9))

    shown = dashboard()

    assert names(shown) == ["ours"]
    assert shown.section("overall").text == alone


def test_only_the_default_branch_counts(organization, dashboard):
    made = scanned(organization, "checkout")
    scan(made, secrets(), branch="feature")

    (line,) = dashboard().section("repositories").table()

    assert line[-2] == "0"


@pytest.mark.parametrize("size", [1, 50])
def test_the_page_takes_the_same_queries_for_any_number_of_repositories(
    organization, owner, page_as, size
):
    for number in range(size):
        made = scanned(organization, f"repository-{number}", days_ago=40)
        scan(made, secrets(), at=NOW)
    browser = page_as(owner)

    # Session, user, memberships, the versions of policy and scans, the policy's document, and
    # the scans' evidence.
    assert queries_of(browser, DASHBOARD) == 6
    # Neither a policy's document nor a scan's evidence is read a second time.
    assert queries_of(browser, DASHBOARD) == 4


def test_evidence_that_is_written_anew_is_seen_at_the_next_request(organization, dashboard):
    made = scanned(organization, "checkout")
    before = dashboard().section("overall").text
    row = Scan.objects.get(repository=made)
    row.evidence = evidence(secrets())
    row.save()

    after = dashboard().section("overall").text

    assert f"Overall score {score_of(organization)} " in before
    assert f"Overall score {score_of(organization, secrets())} " in after


def test_a_change_of_policy_is_seen_at_the_next_request(organization, dashboard):
    scanned(organization, "checkout", secrets())
    before = dashboard()
    enable(organization, ["owasp"])

    after = dashboard()

    assert "SOC 2" in before.section("frameworks").text
    assert "SOC 2" not in after.section("frameworks").text
    assert f"Overall score {score_of(organization, secrets())} " in after.section("overall").text


def test_a_new_organization_sees_three_steps_with_lines_to_paste(dashboard):
    shown = dashboard()

    lines = [line.text for line in shown.section("first-steps").all("pre")]
    assert len(list(shown.section("first-steps").one("ol").all("li"))) == 3
    assert '"X-API-Key: $CODESTAX_API_KEY"' in lines[1]
    assert "http://testserver/api/repos |" in lines[1]
    assert '"http://testserver/api/repos/$REPO/scans?commit=' in lines[2]
    assert "http://testserver/api/compliance/score/$REPO" in lines[3]


def test_the_lines_name_the_repository_that_is_there_already(organization, dashboard):
    made = RepositoryFactory(org=organization, name="checkout")

    shown = dashboard()

    lines = [line.text for line in shown.section("first-steps").all("pre")]
    assert f'"http://testserver/api/repos/{made.pk}/scans?commit=' in lines[1]
    assert names(shown) == ["checkout"]


def test_the_steps_are_gone_after_the_first_scan(organization, dashboard):
    scanned(organization, "checkout")

    assert list(dashboard().all("section", **{"aria-labelledby": "first-steps"})) == []


@pytest.mark.parametrize(("role", "offered"), [("viewer", 0), ("member", 0), ("admin", 1)])
def test_only_who_may_make_keys_is_offered_to(organization, page_as, role, offered):
    shown = read(page_as(member_of(organization, role)).get(DASHBOARD))

    links = shown.section("first-steps").all("a", href="/dashboard/settings/keys")
    assert len(list(links)) == offered


def test_a_hostile_name_is_shown_as_it_is_written(organization, dashboard, page_as, owner):
    name = '<script>alert(1)</script>"><img src=x onerror=alert(2)>{{ 7*7 }}'
    scanned(organization, name)

    raw = text_of(page_as(owner).get(DASHBOARD))

    assert names(dashboard()) == [name]
    assert "<script>alert" not in raw
    assert "<img" not in raw


def test_a_member_of_two_organizations_sees_the_chosen_one(organization, page_as):
    scanned(organization, "ours")
    other = MembershipFactory(role="viewer")
    both = MembershipFactory(org=organization, user=other.user, role="viewer")
    scanned(other.org, "theirs")

    assert names(read(page_as(both).get(DASHBOARD))) == ["ours"]
    assert names(read(page_as(other).get(DASHBOARD))) == ["theirs"]
