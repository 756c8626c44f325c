import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.domain.conditions import default_condition
from compliance.domain.custom_frameworks import InvalidFrameworkError, check_custom_framework
from compliance.domain.policy import CustomControl, CustomFramework
from scans.domain.findings import CheckType

DOCUMENT_CONTROL = {
    "id": "ISP-1",
    "name": "No hardcoded secrets",
    "category": "Credentials",
    "description": "All credentials live in the secret manager.",
    "check_type": "secrets",
    "pass_condition": "no_critical_secrets",
}
MINIMAL = {"id": "A-1", "name": "A", "check_type": "secrets"}


def check(key="internal_sec", name="Internal", description=None, controls=(MINIMAL,)):
    return check_custom_framework(
        key, name, description, list(controls) if isinstance(controls, tuple) else controls
    )


def errors_of(**fields):
    with pytest.raises(InvalidFrameworkError) as error:
        check(**fields)
    return error.value.errors


def test_the_framework_of_the_document_is_taken_as_it_is():
    checked = check_custom_framework(
        "internal_sec", "Internal Security Policy", "", [DOCUMENT_CONTROL]
    )

    assert checked == CustomFramework(
        key="internal_sec",
        name="Internal Security Policy",
        description="",
        controls=(CustomControl(**DOCUMENT_CONTROL),),
    )


@pytest.mark.parametrize("left_out", [{}, {"category": None, "description": None}])
@pytest.mark.parametrize("check_type", list(CheckType))
def test_what_is_left_out_gets_its_default(check_type, left_out):
    given = {**MINIMAL, **left_out, "check_type": check_type.value, "pass_condition": None}

    control = check(controls=(given,)).controls[0]

    assert (control.category, control.description) == ("General", "")
    assert control.pass_condition == default_condition(check_type)


def test_text_is_stripped_and_conditions_become_canonical():
    given = {
        "id": " A ",
        "name": "\tN\n",
        "check_type": " sca_vulns ",
        "category": " C ",
        "pass_condition": " no_high_vulns ",
    }

    checked = check(name="  Own  ", description=" d ", controls=(given,))

    assert (checked.name, checked.description) == ("Own", "d")
    assert checked.controls[0] == CustomControl(
        id="A",
        name="N",
        category="C",
        description="",
        check_type="sca_vulns",
        pass_condition="no_high_vulnerabilities",
    )


@pytest.mark.parametrize("key", ["ab", "a" * 64, "a-b_c9", "owasp-2021"])
def test_key_is_taken(key):
    assert check(key=key).key == key


@pytest.mark.parametrize(
    "key",
    ["", "a", "a" * 65, "Abc", "9ab", "_ab", "a b", "ab\n", "ä1", "a/b", None, 7, ["ab"], {}],
)
def test_key_of_another_form_is_refused(key):
    assert [field for field, _ in errors_of(key=key)] == ["key"]


@pytest.mark.parametrize(
    "key", ["soc2", "iso27001", "owasp", "pcidss", "hipaa", "nist_csf", "owasp_2021"]
)
def test_key_of_a_builtin_is_refused(key):
    assert errors_of(key=key) == [("key", f"{key} is a built-in framework; choose another key.")]


@pytest.mark.parametrize("controls", [None, [], {}, "x", [MINIMAL] * 501, [None] * 1_000])
def test_one_to_five_hundred_controls(controls):
    assert errors_of(controls=controls) == [
        ("controls", "This must be a list of 1 to 500 controls.")
    ]


def test_five_hundred_controls_are_taken():
    controls = [{**MINIMAL, "id": f"A-{number}"} for number in range(500)]

    assert len(check(controls=controls).controls) == 500


@pytest.mark.parametrize(
    ("field", "limit"), [("id", 64), ("name", 200), ("category", 100), ("description", 2_000)]
)
def test_texts_have_limits(field, limit):
    fits, too_long = ({**MINIMAL, field: "é" * length} for length in (limit, limit + 1))

    assert getattr(check(controls=(fits,)).controls[0], field) == "é" * limit
    assert errors_of(controls=(too_long,)) == [
        (f"controls[0].{field}", f"This must have at most {limit} characters.")
    ]


def test_limits_are_measured_without_surrounding_space():
    padded = {**MINIMAL, "id": " " * 100 + "A" * 64}

    assert check(controls=(padded,)).controls[0].id == "A" * 64


@pytest.mark.parametrize("field", ["id", "name", "category", "description"])
@pytest.mark.parametrize("value", [1, True, [], {}, "a\x00b", "a\ud800b"])
def test_only_storable_text_is_taken(field, value):
    fields = [name for name, _ in errors_of(controls=({**MINIMAL, field: value},))]

    assert fields == [f"controls[0].{field}"]


@pytest.mark.parametrize("field", ["id", "name", "check_type"])
@pytest.mark.parametrize("value", [None, "", " \n"])
def test_required_fields_may_not_be_empty(field, value):
    fields = [name for name, _ in errors_of(controls=({**MINIMAL, field: value},))]

    assert fields == [f"controls[0].{field}"]


def test_a_category_that_is_given_may_not_be_empty():
    assert errors_of(controls=({**MINIMAL, "category": ""},)) == [
        ("controls[0].category", "This must not be empty.")
    ]


@pytest.mark.parametrize("name", [None, "", 3, "x" * 201])
def test_framework_name_is_required(name):
    assert [field for field, _ in errors_of(name=name)] == ["name"]


def test_ids_are_unique_after_stripping():
    controls = (MINIMAL, {**MINIMAL, "id": "B"}, {**MINIMAL, "id": " A-1 "})

    assert errors_of(controls=controls) == [
        ("controls[2].id", "This repeats the id of controls[0].")
    ]


def test_all_errors_come_at_once_with_their_paths():
    found = errors_of(
        key="soc2",
        name="",
        description=7,
        controls=(
            MINIMAL,
            "no object",
            {"id": "", "name": "B", "check_type": "magic"},
            {"id": "", "name": "C", "check_type": "secrets", "pass_condition": "no_bugs"},
        ),
    )

    assert [field for field, _ in found] == [
        "key",
        "name",
        "description",
        "controls[1]",
        "controls[2].id",
        "controls[2].check_type",
        "controls[3].id",
        "controls[3].pass_condition",
    ]


def test_the_message_is_one_sentence_that_names_the_first_field():
    with pytest.raises(InvalidFrameworkError) as error:
        check(controls=({**MINIMAL, "check_type": "magic"}, {}))

    assert error.value.field == "controls[0].check_type"
    assert error.value.message.startswith(
        "controls[0].check_type: Unknown check_type 'magic'; valid are secrets, sast_security"
    )
    assert error.value.status == 400


def test_unknown_condition_lists_what_is_valid():
    [(field, message)] = errors_of(controls=({**MINIMAL, "pass_condition": "no_bugs"},))

    assert field == "controls[0].pass_condition"
    assert "no_[severity_]secrets" in message


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
CONTROLS = st.fixed_dictionaries(
    {},
    optional={
        field: JSON_VALUES | st.sampled_from(["secrets", "no_secrets", "x"])
        for field in ("id", "name", "category", "description", "check_type", "pass_condition")
    },
)


@settings(deadline=None)
@given(JSON_VALUES, JSON_VALUES, JSON_VALUES, JSON_VALUES | st.lists(CONTROLS, max_size=4))
def test_hostile_values_are_refused_or_become_a_framework(key, name, description, controls):
    try:
        checked = check_custom_framework(key, name, description, controls)
    except InvalidFrameworkError as error:
        assert error.errors  # noqa: PT017
    else:
        assert 1 <= len(checked.controls) <= 500
