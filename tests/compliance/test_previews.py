"""A preview is what the change itself would be: the same policy, and the same refusals."""

import pytest

from codestax.common.errors import DomainError, NotFoundError, PlanUpgradeRequiredError
from compliance import previews, services
from compliance.domain.custom_frameworks import check_custom_framework
from compliance.domain.policy_changes import (
    with_custom,
    with_disabled,
    with_selection,
    without_custom,
)
from compliance.queries import current_policy, framework_of
from tests.compliance.builders import NOW, enable, save_framework, scan, secrets, sent_control

pytestmark = pytest.mark.django_db

REPLACED = [sent_control("ISP-2"), sent_control("ISP-3")]
CHECKED = check_custom_framework("internal_sec", "Replaced", None, REPLACED)


def disable(organization, key, ids):
    services.set_disabled_controls(organization=organization, framework_key=key, disabled=ids)


def delete(organization):
    services.delete_custom_framework(organization=organization, key="internal_sec")


@pytest.mark.parametrize(
    ("promise", "change"),
    [
        pytest.param(
            lambda policy: with_selection(policy, None),
            lambda organization: enable(organization, None),
            id="back_to_the_default",
        ),
        pytest.param(
            lambda policy: with_selection(policy, ["owasp", "soc2", "owasp"]),
            lambda organization: enable(organization, ["owasp", "soc2", "owasp"]),
            id="a_choice_with_a_duplicate",
        ),
        pytest.param(
            lambda policy: with_disabled(policy, "soc2", ["CC6.6", "CC6.1", "CC6.6"]),
            lambda organization: disable(organization, "soc2", ["CC6.6", "CC6.1", "CC6.6"]),
            id="marks",
        ),
        pytest.param(
            lambda policy: with_disabled(policy, "internal_sec", []),
            lambda organization: disable(organization, "internal_sec", []),
            id="no_marks_any_more",
        ),
        pytest.param(
            lambda policy: with_custom(policy, CHECKED),
            lambda organization: save_framework(
                organization, "internal_sec", *REPLACED, name="Replaced"
            ),
            id="a_replaced_framework",
        ),
        pytest.param(
            lambda policy: without_custom(policy, "internal_sec"), delete, id="a_deleted_framework"
        ),
    ],
)
@pytest.mark.parametrize("selected", [None, ["soc2", "internal_sec"]], ids=["default", "explicit"])
def test_the_policy_that_is_previewed_is_the_one_that_is_saved(
    organization, promise, change, selected
):
    save_framework(organization, "internal_sec", sent_control("ISP-1"), sent_control("ISP-2"))
    enable(organization, selected)
    disable(organization, "internal_sec", ["ISP-1", "ISP-2"])
    promised = promise(current_policy(organization))

    change(organization)

    assert current_policy(organization) == promised


def test_a_new_framework_joins_an_explicit_selection(organization):
    enable(organization, ["soc2"])
    promised = with_custom(current_policy(organization), CHECKED)

    save_framework(organization, "internal_sec", *REPLACED, name="Replaced")

    assert current_policy(organization) == promised


def test_a_preview_has_the_scores_of_before_and_after(organization, repository):
    scan(repository, secrets(2))

    preview = previews.preview_controls(
        organization=organization, framework_key="soc2", disabled=["CC6.1"], now=NOW
    )

    assert preview.frameworks == (("soc2", "SOC 2 Type II"),)
    (change,) = preview.totals
    assert change.before.total - change.after.total == 1
    assert change.before.score < change.after.score
    assert preview.repositories[0].frameworks == preview.totals


def refused(organization, error, **preview):
    ((name, arguments),) = preview.items()
    with pytest.raises(error) as raised:
        getattr(previews, name)(organization=organization, now=NOW, **arguments)
    return raised.value.message


@pytest.mark.parametrize(
    ("name", "arguments", "error", "message"),
    [
        ("preview_selection", {"keys": ["xyz"]}, DomainError, "Unknown framework: xyz"),
        (
            "preview_selection",
            {"keys": ["hipaa"]},
            PlanUpgradeRequiredError,
            "Framework 'hipaa' requires the Enterprise plan",
        ),
        (
            "preview_controls",
            {"framework_key": "soc2", "disabled": ["CC99.9"]},
            DomainError,
            "Unknown control: CC99.9",
        ),
        (
            "preview_controls",
            {"framework_key": "xyz", "disabled": []},
            NotFoundError,
            "Not found.",
        ),
        (
            "preview_deletion",
            {"key": "soc2"},
            DomainError,
            "soc2 is a built-in framework and cannot be deleted.",
        ),
        ("preview_deletion", {"key": "xyz"}, NotFoundError, "Not found."),
        (
            "preview_custom_framework",
            {"key": "own", "name": "Own", "description": "", "controls": []},
            DomainError,
            "controls: This must be a list of 1 to 500 controls.",
        ),
    ],
    ids=[
        "unknown_framework",
        "beyond_the_plan",
        "unknown_control",
        "controls_of_none",
        "delete_built_in",
        "delete_unknown",
        "no_controls",
    ],
)
def test_a_preview_refuses_what_the_change_refuses(organization, name, arguments, error, message):
    assert refused(organization, error, **{name: arguments}) == message


def test_a_framework_that_is_replaced_keeps_its_place_under_its_new_name(organization, repository):
    save_framework(organization, "internal_sec")
    scan(repository, secrets(2))

    preview = previews.preview_custom_framework(
        organization=organization,
        key="internal_sec",
        name="Replaced",
        description="",
        controls=REPLACED,
        now=NOW,
    )

    assert preview.frameworks == (("internal_sec", "Replaced"),)
    assert framework_of(current_policy(organization), "internal_sec").name != "Replaced"
