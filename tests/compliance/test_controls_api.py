import pytest

from compliance.domain.catalog import builtin_frameworks
from compliance.models import ControlSelection
from compliance.queries import current_policy
from tests.compliance.builders import save_framework, scan, secrets, sent_control
from tests.factories import RepositoryFactory

SOC2 = "/api/compliance/frameworks/soc2/controls"
BASELINES = [control.baseline_reason for control in builtin_frameworks()["soc2"].controls]


def control_of(client, url, control_id):
    return next(one for one in client.get(url).json()["controls"] if one["id"] == control_id)


def disabled_of(organization, key="soc2"):
    return list(current_policy(organization).disabled.get(key, ()))


def test_the_list_has_the_documented_fields(viewer):
    answer = viewer.get(SOC2).json()

    assert set(answer) == {
        "framework_key",
        "framework_name",
        "custom",
        "controls",
        "disabled_count",
    }
    assert (answer["framework_key"], answer["framework_name"]) == ("soc2", "SOC 2 Type II")
    assert (answer["custom"], answer["disabled_count"]) == (False, 0)


def test_a_control_has_the_documented_fields(viewer):
    assert control_of(viewer, SOC2, "CC6.1") == {
        "id": "CC6.1",
        "name": "Logical & Physical Access Controls",
        "category": "Access",
        "description": "Ensure no hardcoded credentials or API keys in code",
        "check_type": "secrets",
        "disabled": False,
        "recommendation": "required",
        "recommendation_reason": "Credential leakage is a baseline control for any codebase.",
    }


def test_controls_come_in_catalog_order(viewer):
    ids = [control["id"] for control in viewer.get(SOC2).json()["controls"]]

    assert ids == [control.id for control in builtin_frameworks()["soc2"].controls]


@pytest.mark.parametrize("key", builtin_frameworks())
def test_every_built_in_framework_lists_its_controls_also_a_locked_one(viewer, key):
    answer = viewer.get(f"/api/compliance/frameworks/{key}/controls").json()

    assert len(answer["controls"]) == len(builtin_frameworks()[key].controls)


def test_a_custom_framework_lists_its_controls(viewer, organization):
    save_framework(organization)

    answer = viewer.get("/api/compliance/frameworks/internal_sec/controls").json()

    assert answer["custom"] is True
    assert answer["controls"] == [
        {
            "id": "ISP-1",
            "name": "No hardcoded secrets",
            "category": "Credentials",
            "description": "All credentials live in the secret manager.",
            "check_type": "secrets",
            "disabled": False,
            "recommendation": "recommended",
            "recommendation_reason": "Your organization defined this control.",
        }
    ]


def test_disabled_controls_are_saved_and_answered(admin):
    answer = admin.put(SOC2, {"disabled": ["CC8.1", "CC2.1", "CC8.1"]})

    assert answer.status_code == 200
    assert answer.json() == {
        "message": "Control selection updated",
        "framework_key": "soc2",
        "disabled": ["CC8.1", "CC2.1"],
    }


def test_disabled_controls_are_marked_and_counted(admin):
    admin.put(SOC2, {"disabled": ["CC8.1", "CC2.1"]})

    answer = admin.get(SOC2).json()

    marked = {control["id"] for control in answer["controls"] if control["disabled"]}
    assert (marked, answer["disabled_count"]) == ({"CC8.1", "CC2.1"}, 2)


def test_a_new_list_replaces_the_old_one(admin, organization):
    admin.put(SOC2, {"disabled": ["CC8.1"]})
    admin.put(SOC2, {"disabled": ["CC2.1"]})

    assert disabled_of(organization) == ["CC2.1"]
    assert ControlSelection.objects.of(organization).count() == 1


def test_an_empty_list_enables_every_control_again(admin, organization):
    admin.put(SOC2, {"disabled": ["CC8.1"]})

    assert admin.put(SOC2, {"disabled": []}).json()["disabled"] == []
    assert disabled_of(organization) == []


def test_one_frameworks_list_leaves_the_others_alone(admin, organization):
    admin.put(SOC2, {"disabled": ["CC8.1"]})
    admin.put("/api/compliance/frameworks/owasp/controls", {"disabled": []})

    assert disabled_of(organization) == ["CC8.1"]


def test_an_unknown_control_is_named_and_nothing_is_saved(admin, organization):
    answer = admin.put(SOC2, {"disabled": ["CC8.1", "CC99.9", "X"]})

    assert (answer.status_code, answer.json()) == (400, {"detail": "Unknown control: CC99.9"})
    assert disabled_of(organization) == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"disabled": None},
        {"disabled": "CC8.1"},
        {"disabled": [1]},
        {"disabled": [["CC8.1"]]},
        {"disabled": ["\x00"]},
        {"disabled": ["CC8.1"] * 501},
        [],
    ],
)
def test_anything_but_a_list_of_ids_is_refused(admin, body):
    answer = admin.put(SOC2, body, format="json")

    assert answer.status_code == 400
    assert isinstance(answer.json()["detail"], str)


@pytest.mark.parametrize("key", ["xyz", "SOC2", "%00", "owasp_2021", "soc2%20", "a" * 300])
def test_an_unknown_framework_in_the_path_is_not_found(admin, key):
    url = f"/api/compliance/frameworks/{key}/controls"

    assert (admin.get(url).status_code, admin.get(url).json()) == (404, {"detail": "Not found."})
    assert admin.put(url, {}).json() == {"detail": "Not found."}


def test_without_a_repository_the_baselines_are_given(viewer, repository):
    scan(repository, secrets())

    reasons = [one["recommendation_reason"] for one in viewer.get(SOC2).json()["controls"]]

    assert reasons == BASELINES


def test_a_repository_that_was_never_scanned_gives_the_baselines(viewer, repository):
    answer = viewer.get(f"{SOC2}?repo_id={repository.pk}").json()

    assert [one["recommendation_reason"] for one in answer["controls"]] == BASELINES


@pytest.mark.usefixtures("frozen")
def test_findings_of_the_repositorys_latest_scan_raise_a_recommendation(viewer, repository):
    scan(repository, secrets(3))

    control = control_of(viewer, f"{SOC2}?repo_id={repository.pk}", "CC6.1")

    assert control["recommendation"] == "required"
    assert control["recommendation_reason"].startswith("3 open ")
    assert control["recommendation_reason"].endswith("worst severity critical.")


@pytest.mark.usefixtures("frozen")
def test_the_repositorys_language_raises_a_recommendation(viewer, repository):
    scan(repository, languages=("Python",))
    url = f"/api/compliance/frameworks/pcidss/controls?repo_id={repository.pk}"

    control = control_of(viewer, url, "3.5.1")

    assert control["recommendation"] == "required"
    assert control["recommendation_reason"].startswith("Python code: ")


@pytest.mark.parametrize("repo_id", ["", "x", "-1", "+1", "1e3", "1.0", "\u0663", "1_0", " 1"])
def test_a_malformed_repository_id_is_refused(viewer, repo_id):
    answer = viewer.get(SOC2, {"repo_id": repo_id})

    assert answer.status_code == 400
    assert answer.json()["detail"] == "repo_id: This must be a whole number."


@pytest.mark.parametrize("repo_id", ["0", "999999999", "9223372036854775808", "9" * 20])
def test_an_unknown_repository_is_not_found(viewer, repo_id):
    answer = viewer.get(SOC2, {"repo_id": repo_id})

    assert (answer.status_code, answer.json()) == (404, {"detail": "Not found."})


def test_another_organizations_repository_is_not_found(viewer):
    theirs = RepositoryFactory()
    scan(theirs, secrets())

    answer = viewer.get(SOC2, {"repo_id": theirs.pk})

    assert (answer.status_code, answer.json()) == (404, {"detail": "Not found."})


def test_five_hundred_custom_controls_can_all_be_disabled(admin, organization):
    ids = [f"C-{number}" for number in range(500)]
    save_framework(organization, "big", *(sent_control(each) for each in ids))

    answer = admin.put("/api/compliance/frameworks/big/controls", {"disabled": ids})

    assert answer.json()["disabled"] == ids
