"""What every path answers that no view of an app does: health, and errors as JSON."""

import pytest
from django.db import InterfaceError, OperationalError
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

from orgs.models import Organization
from scans.models import Repository
from tests.factories import ApiKeyFactory, MembershipFactory, RepositoryFactory


@pytest.fixture
def owner():
    return MembershipFactory(role="owner")


@pytest.fixture
def api(api_as, owner):
    return api_as(ApiKeyFactory(membership=owner))


def failing(error):
    def fail(*args, **options):
        raise error

    return fail


def test_a_live_process_says_so_without_the_database(client):
    answer = client.get("/healthz/live")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.django_db
def test_a_process_is_ready_when_every_migration_is_applied(client):
    answer = client.get("/healthz/ready")

    assert (answer.status_code, answer.json()["status"]) == (200, "ok")


@pytest.mark.django_db
def test_a_process_is_not_ready_while_a_migration_is_missing(client):
    MigrationRecorder.Migration.objects.filter(app="audit").delete()

    answer = client.get("/healthz/ready")

    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert answer.json()["detail"].endswith("migrations are not applied: run manage.py migrate.")


def test_a_process_is_not_ready_without_its_database(client, monkeypatch):
    monkeypatch.setattr(MigrationExecutor, "__init__", failing(OperationalError("gone")))

    answer = client.get("/healthz/ready")

    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert answer.json() == {
        "status": "unavailable",
        "detail": "The database does not answer.",
    }


def test_probes_are_not_sent_to_tls(client, settings):
    settings.SECURE_SSL_REDIRECT = True

    assert client.get("/healthz/live").status_code == 200
    assert client.get("/admin/").status_code == 301


@pytest.mark.parametrize(
    "path", ["/api/nothing", "/api/", "/api/repos/x", "/api/repos/" + "9" * 19]
)
@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete"])
def test_an_unknown_path_of_the_api_is_a_404_in_json(client, method, path):
    answer = getattr(client, method)(path)

    assert (answer.status_code, answer.json()) == (404, {"detail": "Not found."})


def test_an_unknown_path_elsewhere_is_a_page(client):
    answer = client.get("/nothing")

    assert answer.status_code == 404
    assert answer["Content-Type"].startswith("text/html")


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "BREW"])
def test_a_method_that_a_path_has_not_is_a_405_in_json(api, method):
    answer = api.generic(method, "/api/repos")

    assert answer.status_code == 405
    assert answer.json() == {"detail": f'Method "{method}" not allowed.'}
    assert set(answer["Allow"].split(", ")) >= {"GET", "POST"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "body",
    [b"{", b"", b'{"name": "x"', b"\xff\xfe\x00", b'{"name": NaN}', b"name=x", b"[" * 100_000],
    ids=["half", "empty", "no_end", "no_utf_8", "nan", "form", "deep"],
)
def test_malformed_json_is_a_400(api, body):
    answer = api.post("/api/repos", body, content_type="application/json")

    assert answer.status_code == 400
    assert isinstance(answer.json()["detail"], str)
    assert Repository.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.parametrize("body", [b"[]", b'"name"', b"5", b"null", b"true"])
def test_json_that_is_no_object_is_a_400(api, body):
    answer = api.post("/api/repos", body, content_type="application/json")

    assert answer.status_code == 400
    assert isinstance(answer.json()["detail"], str)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "x"]
)
def test_a_body_of_another_type_is_a_415(api, content_type):
    answer = api.post("/api/repos", b'{"name": "x"}', content_type=content_type)

    assert answer.status_code == 415
    assert answer.json()["detail"].startswith("Unsupported media type")


@pytest.mark.django_db
def test_a_body_over_the_limit_is_a_4xx(api, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100

    answer = api.post(
        "/api/repos", b'{"name": "%s"}' % (b"x" * 200), content_type="application/json"
    )

    assert answer.status_code in (400, 413)
    assert isinstance(answer.json()["detail"], str)


@pytest.mark.django_db
@pytest.mark.parametrize("slashes", ["/", "//"])
def test_a_trailing_slash_is_the_same_path(api, owner, slashes):
    repository = RepositoryFactory(org=owner.org)

    plain = api.get(f"/api/repos/{repository.pk}")
    slashed = api.get(f"/api/repos/{repository.pk}{slashes}")

    assert (slashed.status_code, slashed.content) == (200, plain.content)


@pytest.mark.django_db
def test_a_put_with_a_trailing_slash_keeps_its_body(api):
    answer = api.put("/api/compliance/frameworks/enabled/", {"keys": ["soc2"]}, format="json")

    assert answer.status_code == 200
    assert answer.json()["enabled_keys"] == ["soc2"]


@pytest.mark.django_db
@pytest.mark.parametrize("error", [OperationalError("gone"), InterfaceError("closed")])
def test_a_database_that_went_away_is_a_503_that_asks_to_come_again(api, monkeypatch, error):
    api.raise_request_exception = False
    monkeypatch.setattr("scans.api.views.paged", failing(error))

    answer = api.get("/api/repos")

    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert answer.json() == {
        "detail": "The database does not answer for the moment; send the request again."
    }


@pytest.mark.django_db
def test_a_fault_of_ours_is_a_500_in_json_that_tells_nothing_of_it(api, monkeypatch):
    api.raise_request_exception = False
    monkeypatch.setattr("scans.api.views.paged", failing(ValueError("s3cret")))

    answer = api.get("/api/repos")

    assert answer.status_code == 500
    assert answer.json() == {"detail": "The server failed on this request; nothing was changed."}


def test_a_fault_elsewhere_is_a_page(client, monkeypatch):
    client.raise_request_exception = False
    monkeypatch.setattr("codestax.health.MigrationExecutor", failing(ValueError("s3cret")))

    answer = client.get("/healthz/ready")

    assert answer.status_code == 500
    assert "s3cret" not in answer.content.decode()


def test_a_host_that_is_not_ours_is_a_400_in_json(client):
    answer = client.get("/api/repos", headers={"Host": "evil.example"})

    assert (answer.status_code, answer.json()) == (400, {"detail": "The request is not valid."})


def test_a_host_that_is_not_ours_is_a_400_page_elsewhere(client):
    answer = client.get("/admin/", headers={"Host": "evil.example"})

    assert answer.status_code == 400
    assert answer["Content-Type"].startswith("text/html")


@pytest.mark.django_db
def test_a_form_of_another_site_is_refused(client):
    client.handler.enforce_csrf_checks = True

    answer = client.post("/admin/login/", {"username": "a@example.com", "password": "x"})

    assert answer.status_code == 403
    assert Organization.objects.count() == 0
