"""ETag and If-Match: a change that is meant for one version is refused on another."""

import pytest

from audit.models import AuditLogSaaS
from compliance.queries import current_policy
from tests.compliance.builders import enable, enabled_keys, save_framework, sent_framework

FRAMEWORKS = "/api/compliance/frameworks"
ENABLED = f"{FRAMEWORKS}/enabled"
CONTROLS = f"{FRAMEWORKS}/soc2/controls"
CUSTOM = "/api/compliance/custom-frameworks"
SEEN = {
    ENABLED: FRAMEWORKS,
    CONTROLS: CONTROLS,
    CUSTOM: CUSTOM,
    f"{CUSTOM}/internal_sec": CUSTOM,
}
STALE = {
    "detail": "Somebody has changed this since you read it: read it again, and send If-Match with "
    "the new ETag."
}


@pytest.fixture
def framework(organization):
    return save_framework(organization)


def tag(client, path):
    return client.get(path).headers["ETag"]


def send(client, path, etag):
    headers = {} if etag is None else {"If-Match": etag}
    if path == ENABLED:
        return client.put(path, {"keys": ["soc2"]}, headers=headers)
    if path == CONTROLS:
        return client.put(path, {"disabled": ["CC8.1"]}, headers=headers)
    if path == CUSTOM:
        return client.post(path, sent_framework("other"), headers=headers)
    return client.delete(path, headers=headers)


writes = pytest.mark.parametrize("path", SEEN)


@pytest.mark.parametrize("path", [FRAMEWORKS, CONTROLS, CUSTOM])
def test_a_read_says_which_version_it_shows(viewer, framework, path):
    first, again = tag(viewer, path), tag(viewer, path)

    assert first == again
    assert first[0] == first[-1] == '"'


@writes
@pytest.mark.usefixtures("framework")
def test_s37_a_change_of_the_version_that_was_read_is_made(admin, path):
    assert send(admin, path, tag(admin, SEEN[path])).status_code == 200


@writes
@pytest.mark.usefixtures("framework")
def test_s37_a_change_of_a_version_before_is_refused_and_changes_nothing(admin, organization, path):
    stale = tag(admin, SEEN[path])
    enable(organization, ["owasp", "internal_sec"])
    admin.put(CONTROLS, {"disabled": ["CC2.1"]})
    save_framework(organization, "internal_sec", name="Changed")
    before = current_policy(organization), AuditLogSaaS.objects.count()

    answer = send(admin, path, stale)

    assert (answer.status_code, answer.json()) == (412, STALE)
    assert (current_policy(organization), AuditLogSaaS.objects.count()) == before


@writes
@pytest.mark.usefixtures("framework")
@pytest.mark.parametrize("etag", [None, "*", " * "])
def test_without_a_version_a_change_is_made_in_any_case(admin, path, etag):
    assert send(admin, path, etag).status_code == 200


@pytest.mark.parametrize(
    "etag", ["", "abc", "5f0c", '"open', 'W/"', '"a" "b"', '"a",b', '*, "a"', '"a b"', "w/'a'"]
)
def test_a_header_that_is_no_list_of_tags_is_refused(admin, etag):
    answer = send(admin, ENABLED, etag)

    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("If-Match must be * or the ETag of an answer")


@writes
@pytest.mark.usefixtures("framework")
def test_every_change_refuses_such_a_header(admin, path):
    assert send(admin, path, "abc").status_code == 400


@pytest.mark.parametrize("form", ['"other", {}', '{},"other"', ', {} , "a,b"', 'W/"x" , {}'])
def test_one_of_several_versions_is_enough(admin, form):
    assert send(admin, ENABLED, form.format(tag(admin, FRAMEWORKS))).status_code == 200


def test_a_weak_tag_names_no_version(admin):
    assert send(admin, ENABLED, f"W/{tag(admin, FRAMEWORKS)}").status_code == 412


@pytest.mark.parametrize(
    ("path", "seen", "first", "second"),
    [
        (ENABLED, FRAMEWORKS, {"keys": ["soc2", "owasp"]}, {"keys": None}),
        (CONTROLS, CONTROLS, {"disabled": ["CC8.1"]}, {"disabled": []}),
    ],
)
def test_the_answer_of_a_change_has_the_version_for_the_next_one(admin, path, seen, first, second):
    changed = admin.put(path, first).headers["ETag"]

    assert changed == tag(admin, seen)
    assert admin.put(path, second, headers={"If-Match": changed}).status_code == 200


@pytest.mark.usefixtures("framework")
def test_another_frameworks_controls_are_another_version(admin):
    seen = tag(admin, CONTROLS)
    admin.put(f"{FRAMEWORKS}/internal_sec/controls", {"disabled": ["ISP-1"]})

    assert send(admin, CONTROLS, seen).status_code == 200


def test_a_framework_made_anew_is_another_version(admin, organization):
    save_framework(organization)
    seen = tag(admin, CUSTOM)
    admin.delete(f"{CUSTOM}/internal_sec")
    save_framework(organization)

    assert send(admin, f"{CUSTOM}/internal_sec", seen).status_code == 412


def test_what_a_scan_refines_has_no_version(admin, repository):
    assert "ETag" not in admin.get(f"{CONTROLS}?repo_id={repository.pk}").headers


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        (ENABLED, {"keys": ["gone"]}, 400),
        (ENABLED, {"keys": ["hipaa"]}, 402),
        (CONTROLS, {"disabled": ["gone"]}, 400),
        (f"{FRAMEWORKS}/gone/controls", {"disabled": []}, 404),
    ],
)
def test_what_is_wrong_in_any_version_is_said_first(admin, path, body, status):
    assert admin.put(path, body, headers={"If-Match": '"old"'}).status_code == status


def test_who_may_not_change_it_is_told_so_first(viewer, organization):
    assert send(viewer, ENABLED, '"old"').status_code == 403
    assert enabled_keys(organization) is None
