"""Requests made from the OpenAPI document: each answer is one that the document describes."""

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from codestax.wsgi import application
from orgs.domain.roles import Role

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]
EXAMPLES = 8
DOCUMENT = schemathesis.openapi.from_dict(SchemaGenerator().get_schema(request=None, public=True))
DOCUMENT.app = application
OPERATIONS = {found.ok().label: found.ok() for found in DOCUMENT.get_all_operations()}


@pytest.fixture
def one_connection(world):
    """The server's handler ends a connection that is in a transaction, as the test's is.

    The world comes first: the test client that makes it connects the signals again.
    """
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


def cases(operation):
    """Requests that the document allows, and such that break it in one place."""
    good = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    bad = operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)
    return good | bad if operation.body or operation.query else good


def credentials(api_as, world, role):
    client = api_as(world.members[role] if role else None)
    return {
        name.removeprefix("HTTP_").replace("_", "-"): value
        for name, value in client.defaults.items()
        if name.startswith("HTTP_")
    }


def send(case, headers, ids):
    """Send one request, undo what it changed, and check its answer."""
    # Half of the ids are ones that exist.
    case.path_parameters = (case.path_parameters or {}) | ids
    with transaction.atomic():
        answer = case.call(headers=headers)
        transaction.set_rollback(True)
    case.validate_response(answer, checks=CHECKS)
    return answer.status_code


def explore(operation, everybody, ids, statuses):
    """Send requests until one is answered as the document does not say; all statuses else.

    Each with everybody's credentials, since to make one takes far longer than to send it.
    """

    @given(case=cases(operation), exists=st.booleans())
    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def explored(case, exists):
        known = {name: ids[name] for name in case.path_parameters or {} if name in ids}
        for role, headers in everybody.items():
            statuses[role].add(send(case, headers, known if exists else {}))

    explored()


@pytest.mark.usefixtures("one_connection")
def test_s39_every_answer_to_any_request_is_documented(world, api_as):
    everybody = {role: credentials(api_as, world, role) for role in (*Role, None)}
    found, statuses = {}, {role: set() for role in everybody}

    for label, operation in OPERATIONS.items():
        try:
            explore(operation, everybody, world.ids, statuses)
        except (AssertionError, ExceptionGroup) as error:
            found[label] = str(error)

    assert found == {}
    assert statuses.pop(None) >= {400, 401}
    assert set.intersection(*statuses.values()) >= {200, 400, 404}
