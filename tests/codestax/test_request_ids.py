"""Each request has a name: in its answer, and in what is logged of it."""

import io
import logging
import re

import pytest
from django.conf import settings

from codestax.common.logs import OneLineFormatter

pytestmark = pytest.mark.django_db
OWN = re.compile(r"[0-9a-f]{32}")


@pytest.fixture
def lines():
    """What the product's own lines are while the test runs."""
    handler = logging.StreamHandler(io.StringIO())
    handler.setFormatter(OneLineFormatter(settings.LOGGING["formatters"]["plain"]["format"]))
    logging.getLogger().addHandler(handler)
    yield handler.stream.getvalue
    logging.getLogger().removeHandler(handler)


@pytest.mark.parametrize(
    "path", ["/healthz/live", "/login", "/api/repos", "/nothing", "/static/no"]
)
def test_every_answer_names_its_request(client, path):
    first, second = (client.get(path)["X-Request-ID"] for _ in range(2))

    assert OWN.fullmatch(first)
    assert first != second


@pytest.mark.parametrize("name", ["a", "0af7651916cd43dd8448eb211c80319c", "A-9" * 21])
def test_a_name_that_was_sent_is_kept(client, name):
    assert client.get("/healthz/live", headers={"X-Request-ID": name})["X-Request-ID"] == name


@pytest.mark.parametrize("name", ["", "a b", "a\nb", "a_b", "é", "a" * 65, "x;DROP", "a\x00"])
def test_what_is_no_name_is_replaced(client, name):
    answer = client.get("/healthz/live", headers={"X-Request-ID": name})

    assert OWN.fullmatch(answer["X-Request-ID"])


def test_a_fault_and_its_line_in_the_log_have_the_same_name(client, lines, monkeypatch):
    client.raise_request_exception = False

    def broken(*arguments, **options):
        raise ValueError

    monkeypatch.setattr("codestax.health.MigrationExecutor", broken)

    answer = client.get("/healthz/ready", headers={"X-Request-ID": "deploy-7"})

    assert answer.status_code == 500
    assert " ERROR django.request [deploy-7] Internal Server Error: /healthz/ready\n" in lines()


def test_outside_of_a_request_a_line_has_none(lines):
    logging.getLogger("codestax").warning("Nobody asked.")

    assert lines().endswith(" WARNING codestax [-] Nobody asked.\n")
