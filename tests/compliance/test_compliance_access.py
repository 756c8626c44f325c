import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.compliance.builders import save_framework, scan, sent_framework

pytestmark = pytest.mark.usefixtures("frozen")

READS = [
    "/api/compliance/frameworks",
    "/api/compliance/frameworks/soc2/controls",
    "/api/compliance/custom-frameworks",
    "/api/compliance/score/{repo_id}",
    "/api/compliance/trend/{repo_id}",
]
CHANGES = [
    ("put", "/api/compliance/frameworks/enabled", {"keys": ["soc2"]}),
    ("put", "/api/compliance/frameworks/soc2/controls", {"disabled": ["CC8.1"]}),
    ("post", "/api/compliance/custom-frameworks", sent_framework()),
    ("delete", "/api/compliance/custom-frameworks/internal_sec", None),
]


@pytest.fixture
def own(organization):
    def make(count):
        for number in range(count):
            save_framework(organization, f"own_{number}")

    return make


def sent(client, request_):
    method, url, body = request_
    return getattr(client, method)(url.format(repo_id=1), body)


@pytest.mark.parametrize("url", READS)
@pytest.mark.parametrize("role", ["viewer", "member", "admin", "owner"])
def test_every_member_reads(api_as, member_as, repository, role, url):
    answer = api_as(member_as(role)).get(url.format(repo_id=repository.pk))

    assert answer.status_code == 200


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("role", ["admin", "owner"])
def test_admins_and_owners_change(api_as, member_as, organization, role, change):
    save_framework(organization)

    answer = sent(api_as(member_as(role)), change)

    assert answer.status_code == 200


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("role", ["viewer", "member"])
def test_others_do_not_change(api_as, member_as, role, change):
    answer = sent(api_as(member_as(role)), change)

    assert (answer.status_code, answer.json()) == (403, {"detail": "Org admin role required"})


@pytest.mark.parametrize("body", [{"keys": ["hipaa"]}, {"keys": ["xyz"]}, {}])
def test_the_role_is_checked_before_the_body(viewer, body):
    assert viewer.put("/api/compliance/frameworks/enabled", body).status_code == 403


@pytest.mark.parametrize("request_", [*(("get", url, None) for url in READS), *CHANGES])
@pytest.mark.django_db
def test_without_credentials_nothing_is_answered(anonymous, request_):
    answer = sent(anonymous, request_)

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"]
    assert set(answer.json()) == {"detail"}


@pytest.mark.parametrize("url", READS)
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_a_method_that_is_not_documented_is_refused(admin, url, method):
    documented = {(change, path) for change, path, _ in CHANGES}

    answer = getattr(admin, method)(url.format(repo_id=1), {})

    assert answer.status_code == 405 or (method, url) in documented


@pytest.mark.parametrize("count", [1, 4])
@pytest.mark.parametrize("url", READS)
def test_custom_frameworks_cost_no_queries(pipeline, repository, own, url, count):
    scan(repository)
    own(count)
    url = url.format(repo_id=repository.pk)
    pipeline.get(url)

    with CaptureQueriesContext(connection) as queries:
        pipeline.get(url)

    assert len(queries) in (2, 3)  # key, and policy or custom frameworks; scan


def test_a_score_is_three_queries(pipeline, repository, django_assert_num_queries):
    scan(repository)

    with django_assert_num_queries(2):  # key, scan with the policy's version
        pipeline.get(f"/api/compliance/score/{repository.pk}?framework=soc2&branch=main")


def test_a_repository_without_a_scan_is_no_query_more(
    pipeline, repository, django_assert_num_queries
):
    with django_assert_num_queries(2):  # key, repository with the policy's version
        pipeline.get(f"/api/compliance/score/{repository.pk}")


def test_controls_with_a_repository_are_three_queries(
    pipeline, repository, django_assert_num_queries
):
    scan(repository)

    with django_assert_num_queries(3):  # key, policy, scan
        pipeline.get(f"/api/compliance/frameworks/soc2/controls?repo_id={repository.pk}")


def test_a_policy_is_read_whole_only_once(pipeline, organization, django_assert_num_queries):
    save_framework(organization)

    with django_assert_num_queries(3):  # key, newest version, its document
        pipeline.get("/api/compliance/frameworks")
    with django_assert_num_queries(2):  # key, newest version
        pipeline.get("/api/compliance/frameworks")
