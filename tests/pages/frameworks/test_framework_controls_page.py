"""A framework's controls: what is recommended, and which of them do not apply."""

import pytest

from compliance.queries import current_policy
from tests.compliance.builders import enable, save_framework, scan, secrets, sent_control
from tests.factories import OrganizationFactory, RepositoryFactory
from tests.pages.frameworks.shown import (
    PICKER,
    SOC2,
    SOC2_PREVIEW,
    previewed,
    rows_of,
    text_of,
)

pytestmark = pytest.mark.django_db


def test_controls_stand_by_category_with_their_recommendation_and_its_reason(viewer):
    answer = viewer.get(SOC2)

    row = rows_of(answer)["CC6.1"]
    assert (row.level, row.area) == ("required", "Secrets management")
    assert '<span class="badge badge--required">Required</span>' in text_of(answer)
    assert row.reason in text_of(answer)


def test_a_chosen_repository_lifts_the_recommendations(viewer, repository):
    scan(repository, secrets(3))

    answer = viewer.get(SOC2, {"repo_id": repository.pk})

    assert rows_of(answer)["CC6.1"].reason.startswith("3 open secrets finding(s)")


def test_another_organizations_repository_is_not_found(viewer):
    theirs = RepositoryFactory()

    assert viewer.get(SOC2, {"repo_id": theirs.pk}).status_code == 404


@pytest.mark.parametrize("text", ["x", "-1", "1e3", "٣", "9" * 30], ids=str)
def test_a_repository_that_is_no_number_is_refused(viewer, text):
    assert viewer.get(SOC2, {"repo_id": text}).status_code == 400


@pytest.mark.parametrize("key", ["unknown", "owasp_2021", "SOC2"])
def test_an_unknown_framework_is_not_found(admin, key):
    assert admin.get(f"{PICKER}/{key}").status_code == 404
    assert admin.post(f"{PICKER}/{key}", {}).status_code == 404


def test_another_organizations_custom_framework_is_not_found(viewer):
    save_framework(OrganizationFactory(), "theirs")

    assert viewer.get(f"{PICKER}/theirs").status_code == 404


def test_marks_replace_those_before_and_are_recorded_once(admin, organization, log):
    admin.post(SOC2, {"disabled": ["CC6.1", "CC6.6"]})

    answer = admin.post(SOC2, {"disabled": ["CC6.6"], "repo_id": ""})

    assert (answer.status_code, answer["Location"]) == (302, SOC2)
    assert current_policy(organization).disabled == {"soc2": ("CC6.6",)}
    assert log() == [("COMPLIANCE_CONTROLS_UPDATED", organization.pk)] * 2


def test_after_saving_the_same_repository_is_shown(admin, repository):
    answer = admin.post(SOC2, {"disabled": [], "repo_id": repository.pk})

    assert answer["Location"] == f"{SOC2}?repo_id={repository.pk}"


@pytest.mark.parametrize("url", [SOC2, SOC2_PREVIEW], ids=["save", "preview"])
def test_an_unknown_control_is_refused_as_by_the_api(admin, state, url):
    before = state()

    answer = admin.post(url, {"disabled": ["CC99.9"]})

    assert answer.status_code == 400
    assert "Unknown control: CC99.9" in text_of(answer)
    assert state() == before


def test_a_preview_of_marks_shows_the_one_framework_and_keeps_the_ticks(admin, repository):
    scan(repository, secrets(2))

    answer = admin.post(SOC2_PREVIEW, {"disabled": ["CC6.1"], "repo_id": repository.pk})

    line = previewed(answer)["checkout-service"]
    assert list(line) == ["All controls", "SOC 2 Type II"]
    assert int(line["SOC 2 Type II"][1]) > int(line["SOC 2 Type II"][0])
    assert rows_of(answer)["CC6.1"].is_disabled


def test_a_required_control_that_does_not_apply_is_said(admin):
    answer = admin.post(SOC2_PREVIEW, {"disabled": ["CC6.1"]})

    assert "Not Applicable: 1 of 15 controls, 1 of them required." in text_of(answer)


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        ("soc2", "It counts towards every repository's score."),
        ("owasp", "It is not enabled, so it does not count."),
        ("hipaa", "It needs the Enterprise plan, so it does not count."),
    ],
)
def test_a_framework_says_whether_it_counts(viewer, organization, key, sentence):
    enable(organization, ["soc2"])

    assert viewer.get(f"{PICKER}/{key}").context["state"] == sentence


def test_marks_of_a_framework_that_does_not_count_change_no_score(admin, organization, repository):
    enable(organization, ["owasp"])
    scan(repository, secrets(2))

    answer = admin.post(SOC2_PREVIEW, {"disabled": ["CC6.1"]})

    assert answer.context["preview"].summary == "No score changes."


@pytest.mark.parametrize("count", [1, 50])
def test_the_controls_page_takes_the_same_queries_for_any_number_of_controls(
    viewer, organization, repository, count, django_assert_num_queries
):
    save_framework(organization, "own", *(sent_control(f"OWN-{n}") for n in range(count)))
    scan(repository)

    # Session, user, memberships; the policy's version, the latest scan, repositories' names; the
    # policy's document, which this process has not read yet.
    with django_assert_num_queries(7):
        viewer.get(f"{PICKER}/own", {"repo_id": repository.pk})
