"""The API over plain HTTP, where TLS is demanded."""

import pytest

pytestmark = pytest.mark.django_db


def test_the_api_refuses_plain_http_and_does_not_redirect(settings, anonymous):
    settings.SECURE_SSL_REDIRECT = True

    answer = anonymous.get("/api/compliance/frameworks")

    assert answer.status_code == 403
    assert "https" in answer.json()["detail"]


def test_the_api_answers_over_tls(settings, anonymous):
    settings.SECURE_SSL_REDIRECT = True

    assert anonymous.get("/api/compliance/frameworks", secure=True).status_code == 401


def test_the_front_door_leads_to_the_dashboard(anonymous):
    assert anonymous.get("/")["Location"] == "/dashboard/compliance"


def test_the_documentation_needs_no_sign_in(anonymous):
    assert anonymous.get("/api/docs").status_code == 200
