"""The picker, and what a change would do before it is saved."""

import pytest

from tests.compliance.builders import (
    BUILTIN_KEYS,
    enable,
    enabled_keys,
    save_framework,
    scan,
    secrets,
)
from tests.factories import RepositoryFactory
from tests.pages.addresses import member_of
from tests.pages.frameworks.shown import (
    NEW,
    PICKER,
    PICKER_PREVIEW,
    SOC2,
    SOC2_PREVIEW,
    choose,
    previewed,
    text_of,
)
from tests.pages.reading import read

pytestmark = pytest.mark.django_db

TEAM_KEYS = [key for key in BUILTIN_KEYS if key != "hipaa"]


def test_the_default_is_everything_that_the_plan_includes(viewer):
    picker = viewer.get(PICKER).context["picker"]

    assert picker.is_default
    assert [choice.key for choice in picker.choices] == BUILTIN_KEYS
    assert [choice.key for choice in picker.choices if choice.is_enabled] == TEAM_KEYS
    assert [(choice.key, choice.plan) for choice in picker.choices if choice.plan] == [
        ("hipaa", "Enterprise")
    ]


def test_a_choice_replaces_the_selection_and_is_recorded_once(admin, organization, log):
    answer = choose(admin, "soc2", "owasp")

    assert (answer.status_code, answer["Location"]) == (302, PICKER)
    assert enabled_keys(organization) == ["soc2", "owasp"]
    assert log() == [("COMPLIANCE_FRAMEWORKS_UPDATED", organization.pk)]


def test_no_tick_at_all_is_no_framework_and_not_the_default(admin, organization):
    choose(admin)

    assert enabled_keys(organization) == []


def test_all_is_back_to_the_default_whatever_is_ticked(admin, organization):
    enable(organization, ["soc2"])

    admin.post(PICKER, {"scope": "all", "keys": ["owasp"]})

    assert enabled_keys(organization) is None


def test_a_form_without_a_choice_changes_nothing(admin, state):
    before = state()

    answer = admin.post(PICKER, {"keys": ["soc2"]})

    assert answer.status_code == 400
    assert "Choose between all" in text_of(answer)
    assert state() == before


@pytest.mark.parametrize("url", [PICKER, PICKER_PREVIEW], ids=["save", "preview"])
def test_an_unknown_framework_is_refused_as_by_the_api(admin, state, url):
    before = state()

    answer = choose(admin, "soc2", "xyz", url=url)

    assert answer.status_code == 400
    assert "Unknown framework: xyz" in text_of(answer)
    assert state() == before


@pytest.mark.parametrize("url", [PICKER, PICKER_PREVIEW], ids=["save", "preview"])
def test_a_framework_beyond_the_plan_is_an_upgrade_prompt_that_keeps_the_ticks(admin, state, url):
    before = state()

    answer = choose(admin, "soc2", "hipaa", url=url)

    assert answer.status_code == 402
    assert "HIPAA requires the Enterprise plan" in text_of(answer)
    assert "You are on the Team plan" in text_of(answer)
    assert "changed to Enterprise" in text_of(answer)
    chosen = [choice.key for choice in answer.context["picker"].choices if choice.is_chosen]
    assert chosen == ["soc2", "hipaa"]
    assert state() == before


def test_s19_a_name_that_looks_like_markup_is_shown_as_it_is(admin, viewer, organization):
    save_framework(organization, name="<script>alert(1)</script>")

    page = viewer.get(PICKER).content.decode()

    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


# A preview


def test_a_preview_shows_old_and_new_scores_of_every_repository(admin, repository, organization):
    scan(repository, secrets(2))
    RepositoryFactory(org=organization, name="never-scanned")

    answer = choose(admin, "soc2", url=PICKER_PREVIEW)

    lines = previewed(answer)
    assert list(lines) == ["All repositories", "checkout-service", "never-scanned"]
    assert lines["checkout-service"]["OWASP Top 10"][1] == "off"
    assert "SOC 2 Type II" not in lines["checkout-service"]
    assert "No scan yet" in text_of(answer)


def test_a_preview_writes_nothing(admin, repository, state):
    scan(repository)
    before = state()

    choose(admin, "soc2", url=PICKER_PREVIEW)
    admin.post(SOC2_PREVIEW, {"disabled": ["CC6.1"]})

    assert state() == before


def test_a_previewed_selection_scores_what_it_scores_once_saved(admin, repository):
    scan(repository, secrets(2))
    promised = previewed(choose(admin, "soc2", url=PICKER_PREVIEW))["checkout-service"]

    choose(admin, "soc2")

    kept = previewed(choose(admin, "soc2", "owasp", url=PICKER_PREVIEW))["checkout-service"]
    assert kept["All controls"][0] == promised["All controls"][1]


def test_a_preview_of_what_is_in_force_says_that_nothing_changes(admin, repository):
    scan(repository)

    answer = admin.post(PICKER_PREVIEW, {"scope": "all"})

    assert answer.context["preview"].summary == "No score changes."


def test_a_preview_without_repositories_says_so(admin):
    answer = choose(admin, "soc2", url=PICKER_PREVIEW)

    assert "There is no repository yet" in text_of(answer)


@pytest.mark.parametrize("count", [1, 5])
def test_a_preview_takes_the_same_queries_for_any_number_of_repositories(
    admin, organization, count, django_assert_num_queries
):
    for _ in range(count):
        scan(RepositoryFactory(org=organization), secrets(1))
    choose(admin, "soc2", url=PICKER_PREVIEW)

    # Session, user, memberships; the policy's version, for the preview and the page; the newest
    # scans, and their evidence.
    with django_assert_num_queries(7):
        choose(admin, "soc2", url=PICKER_PREVIEW)


# Who may


@pytest.mark.parametrize("role", ["viewer", "member"])
@pytest.mark.parametrize("url", [PICKER, PICKER_PREVIEW, SOC2, SOC2_PREVIEW])
def test_below_admin_nothing_is_changed_or_previewed(organization, page_as, state, role, url):
    browser = page_as(member_of(organization, role))
    before = state()

    assert browser.post(url, {"scope": "all"}).status_code == 403
    assert state() == before


@pytest.mark.parametrize("url", [PICKER, SOC2])
def test_what_a_viewer_may_not_do_is_not_offered(viewer, url):
    page = viewer.get(url).content.decode()

    assert "Preview</button>" not in page
    assert 'type="checkbox"' not in page


@pytest.mark.parametrize("url", [PICKER, PICKER_PREVIEW, SOC2, SOC2_PREVIEW])
def test_a_form_from_another_site_is_refused(organization, page_as, url):
    browser = page_as(member_of(organization, "owner"), enforce_csrf_checks=True)

    assert browser.post(url, {"scope": "all"}).status_code == 403


def test_a_preview_is_no_page_of_its_own(admin):
    assert admin.get(PICKER_PREVIEW).status_code == 405


def test_a_framework_may_have_any_key_that_a_page_might_use(admin, organization):
    for key in ("custom", "preview", "new", "delete"):
        save_framework(organization, key, name=f"Own {key}")

    for key in ("custom", "preview", "new", "delete"):
        assert f"Own {key}" in text_of(admin.get(f"{PICKER}/{key}"))
        assert f"Own {key}" in text_of(admin.get(f"{PICKER}/custom/{key}"))
        assert admin.post(f"{PICKER}/{key}/_preview", {}).status_code == 200


def test_the_tags_of_every_page_close_in_order(admin, viewer, repository):
    for answer in (
        viewer.get(PICKER),
        viewer.get(SOC2, {"repo_id": repository.pk}),
        admin.get(PICKER),
        admin.get(SOC2),
        admin.get(NEW),
        choose(admin, "soc2", url=PICKER_PREVIEW),
    ):
        assert read(answer).one("h1").text
