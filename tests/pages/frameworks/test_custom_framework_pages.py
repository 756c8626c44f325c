"""An organization's own frameworks: written in a form, imported, previewed and deleted."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from compliance.models import CustomFramework
from compliance.queries import current_policy
from tests.compliance.builders import enable, save_framework, scan, secrets, sent_framework
from tests.factories import OrganizationFactory
from tests.pages.addresses import member_of
from tests.pages.frameworks.shown import IMPORT, NEW, NEW_PREVIEW, PICKER, previewed, text_of
from tests.pages.reading import read

pytestmark = pytest.mark.django_db

EDIT = f"{PICKER}/custom/internal_sec"
DELETE = f"{EDIT}/_delete"


def line(control_id="ISP-1", **fields):
    return {"id": control_id, "name": "No secrets", "check_type": "secrets"} | fields


def form(*lines, key="internal_sec", name="Internal Security", **fields):
    """What the page's form sends."""
    sent = {"key": key, "name": name, "description": "", **fields}
    sent |= {"controls-TOTAL_FORMS": len(lines), "controls-INITIAL_FORMS": 0}
    return sent | {
        f"controls-{number}-{field}": value
        for number, fields in enumerate(lines)
        for field, value in fields.items()
    }


def stored(organization):
    return list(CustomFramework.objects.of(organization).values_list("key", "name"))


def ids_of(organization):
    row = CustomFramework.objects.of(organization).get()
    return [control["id"] for control in row.controls]


def errors_of(answer):
    """The line's number, or "form", and the field of each fault that the page marks."""
    editor = answer.context["editor"]
    marked = [("form", field) for field in editor.form.errors]
    for number, one in enumerate(editor.lines.forms):
        marked += [(number, field) for field in one.errors]
    return marked


def test_a_form_makes_a_framework_with_what_is_left_empty_filled_in(admin, organization, log):
    answer = admin.post(NEW, form(line(category="", pass_condition=""), line("ISP-2")))

    assert (answer.status_code, answer["Location"]) == (302, f"{PICKER}/internal_sec")
    (first, _) = CustomFramework.objects.of(organization).get().controls
    assert (first["category"], first["pass_condition"]) == ("General", "no_high_secrets")
    assert log() == [("COMPLIANCE_CUSTOM_FRAMEWORK_CREATED", organization.pk)]


def test_empty_and_removed_lines_are_no_controls(admin, organization):
    empty = {"id": "", "name": "", "check_type": "", "pass_condition": ""}

    admin.post(NEW, form(empty, line("A"), line("B", DELETE="on"), empty, line("C")))

    assert ids_of(organization) == ["A", "C"]


def test_faults_stand_at_their_fields_with_the_apis_sentences(admin, state):
    empty = {"id": "", "name": ""}
    before = state()

    answer = admin.post(
        NEW, form(empty, line("A", pass_condition="nonsense"), empty, line("A", name=""), key="X")
    )

    assert answer.status_code == 400
    assert errors_of(answer) == [("form", "key"), (1, "pass_condition"), (3, "name"), (3, "id")]
    assert "Unknown pass_condition &#x27;nonsense&#x27; for check_type secrets" in text_of(answer)
    assert state() == before


def test_a_framework_without_a_control_is_refused_above_the_form(admin):
    answer = admin.post(NEW, form())

    assert answer.status_code == 400
    assert "This must be a list of 1 to 500 controls." in text_of(answer)


@pytest.mark.parametrize(
    "sent",
    [
        {"key": "own", "name": "Own"},
        form(line()) | {"controls-TOTAL_FORMS": "many"},
        pytest.param(form(line()) | {"controls-TOTAL_FORMS": "501"}, marks=pytest.mark.slow),
        form(line(name="a\0b")),
        form(line(), name="a\0b"),
    ],
    ids=["no_lines", "no_number", "too_many_lines", "nul_in_a_line", "nul_in_the_name"],
)
def test_a_form_that_the_page_did_not_make_is_refused(admin, state, sent):
    before = state()

    assert admin.post(NEW, sent).status_code == 400
    assert admin.post(NEW_PREVIEW, sent).status_code == 400
    assert admin.post(NEW_PREVIEW, sent | {"more_lines": "1"}).status_code == 200
    assert state() == before


def test_a_new_framework_does_not_replace_one_that_exists(admin, organization, state):
    save_framework(organization)
    before = state()

    answer = admin.post(NEW, form(line()))

    assert answer.status_code == 400
    assert errors_of(answer) == [("form", "key")]
    assert state() == before


def test_a_built_in_frameworks_key_is_refused_as_by_the_api(admin):
    answer = admin.post(NEW, form(line(), key="soc2"))

    assert "soc2 is a built-in framework; choose another key." in text_of(answer)


def test_more_lines_come_empty_and_keep_what_was_written(admin, state):
    before = state()

    answer = admin.post(NEW_PREVIEW, form(line("A")) | {"more_lines": "1"})

    assert [one["id"].value() for one in answer.context["editor"].lines] == ["A", *[None] * 5]
    assert errors_of(answer) == []
    assert state() == before


def test_a_preview_shows_the_score_of_the_framework_to_come_and_writes_nothing(
    admin, repository, state
):
    scan(repository, secrets(1))
    before = state()

    answer = admin.post(NEW_PREVIEW, form(line(pass_condition="no_critical_secrets")))

    assert previewed(answer)["checkout-service"]["Internal Security"] == ("off", "0")
    assert state() == before


def test_an_edit_starts_from_what_is_stored_and_keeps_the_key(admin, organization):
    save_framework(organization)

    page = read(admin.get(EDIT))
    answer = admin.post(EDIT, form(line("NEW-1"), key="another", name="Renamed"))

    assert page.one("input", name="controls-0-id").attributes["value"] == "ISP-1"
    assert "disabled" in page.one("input", name="key").attributes
    assert answer.status_code == 302
    assert stored(organization) == [("internal_sec", "Renamed")]
    assert ids_of(organization) == ["NEW-1"]


def test_500_controls_fit_into_the_form(admin, organization):
    lines = [
        line(f"C-{number}", category="", pass_condition="", description="") for number in range(500)
    ]

    assert admin.post(NEW, form(*lines)).status_code == 302
    assert len(ids_of(organization)) == 500


# Import


def send(browser, text="", file=None):
    fields = {"text": text} if file is None else {"file": SimpleUploadedFile("f.json", file)}
    return browser.post(IMPORT, fields)


@pytest.mark.parametrize("as_file", [True, False], ids=["file", "text"])
def test_an_import_fills_the_form_and_writes_nothing(admin, state, as_file):
    text = json.dumps(sent_framework())
    before = state()

    answer = send(admin, file=text.encode()) if as_file else send(admin, text)

    page = read(answer)
    assert page.one("input", name="name").attributes["value"] == "Internal Security Policy"
    assert page.one("input", name="controls-0-id").attributes["value"] == "ISP-1"
    assert page.one("form", id="framework").attributes["action"] == NEW
    assert state() == before


def test_an_import_of_a_known_key_says_that_saving_replaces_it(admin, organization):
    save_framework(organization)

    answer = send(admin, json.dumps(sent_framework()))

    assert "saving it replaces the framework with this key" in text_of(answer)
    assert read(answer).one("form", id="framework").attributes["action"] == EDIT


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "This is no framework. The body is not valid JSON."),
        ("{", "This is no framework. The body is not valid JSON."),
        ("[" * 100_000, "This is no framework. The body is not valid JSON."),
        ('{"key": "a1", "key": "a2"}', "a name stands twice in one object."),
        ("[]", "This is no framework: it must be a JSON object."),
        ('{"key": 1, "controls": [5]}', "controls[0]: A control must be an object."),
        ('{"key": "\\ud800"}', "name: This field is required and must be a text."),
    ],
    ids=["empty", "cut_off", "deep", "twice", "list", "numbers", "surrogate"],
)
def test_an_import_that_is_no_framework_says_why(admin, state, text, sentence):
    before = state()

    answer = send(admin, text)

    assert answer.status_code == 400
    assert sentence in text_of(answer)
    assert state() == before


def test_an_import_that_is_no_text_is_refused(admin):
    assert send(admin, file=b"\xff\xfe\x00").status_code == 400


def test_an_import_larger_than_a_body_is_refused(admin, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000

    answer = send(admin, file=json.dumps(sent_framework(description="x" * 2000)).encode())

    assert answer.status_code == 400
    assert "The body is too large." in text_of(answer)


# Deletion


def test_before_a_deletion_the_page_says_what_it_removes(admin, organization, repository, state):
    enable(organization, ["soc2"])
    save_framework(organization)
    admin.post(f"{PICKER}/internal_sec", {"disabled": ["ISP-1"]})
    scan(repository)
    before = state()

    answer = admin.get(DELETE)

    said = read(answer).section("removed").text
    assert "with its 1 control." in said
    assert "The mark Not Applicable of 1 of them." in said
    assert "Its place among the chosen frameworks." in said
    assert previewed(answer)["checkout-service"]["Internal Security Policy"] == ("0", "off")
    assert state() == before


def test_a_deletion_removes_the_framework_and_is_recorded_once(admin, organization, log):
    save_framework(organization)

    answer = admin.post(DELETE)

    assert (answer.status_code, answer["Location"]) == (302, PICKER)
    assert current_policy(organization).custom == ()
    assert log() == [("COMPLIANCE_CUSTOM_FRAMEWORK_DELETED", organization.pk)]


def test_a_built_in_framework_is_not_deleted(admin):
    answer = admin.post(f"{PICKER}/custom/soc2/_delete")

    assert answer.status_code == 400
    assert "soc2 is a built-in framework and cannot be deleted." in text_of(answer)


# Who may


@pytest.mark.parametrize("url", [EDIT, f"{EDIT}/_preview", DELETE])
def test_what_is_not_the_organizations_own_is_not_found(admin, organization, url):
    save_framework(OrganizationFactory())

    assert admin.post(url, form(line())).status_code == 404
    assert stored(organization) == []


@pytest.mark.parametrize("role", ["viewer", "member"])
@pytest.mark.parametrize("url", [NEW, NEW_PREVIEW, IMPORT, EDIT, f"{EDIT}/_preview", DELETE])
def test_below_admin_the_form_is_neither_shown_nor_taken(organization, page_as, state, role, url):
    save_framework(organization)
    browser = page_as(member_of(organization, role))
    before = state()

    assert browser.get(url).status_code in (403, 405)
    assert browser.post(url, form(line())).status_code == 403
    assert state() == before


@pytest.mark.parametrize("url", [NEW, NEW_PREVIEW, IMPORT, EDIT, DELETE])
def test_a_form_from_another_site_is_refused(organization, page_as, url):
    browser = page_as(member_of(organization, "owner"), enforce_csrf_checks=True)

    assert browser.post(url, form(line())).status_code == 403
