from contextlib import contextmanager

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test import RequestFactory

from audit.models import AuditLogSaaS
from codestax.common.context import current_request
from orgs.models import ApiKey, Membership, Organization, User
from scans.models import Repository


@contextmanager
def answering(*, user=None, path="/api/repos", auth=None, **meta):
    """Run the block as part of the answer to a request with these headers."""
    request = RequestFactory().post(path, **meta)
    request.user = user or AnonymousUser()
    request.auth = auth
    token = current_request.set(request)
    try:
        yield request
    finally:
        current_request.reset(token)


@pytest.fixture
def organization(db):
    return Organization.objects.create(name="Acme", slug="acme", plan="team")


@pytest.fixture
def user(db):
    return User.objects.create(email="ada@acme.example", password="argon2$not-a-real-hash")


@pytest.fixture
def membership(organization, user):
    return Membership.objects.create(org=organization, user=user, role="admin")


@pytest.fixture
def api_key(membership):
    return ApiKey.objects.create(
        org=membership.org,
        membership=membership,
        name="ci",
        role="member",
        public_id="Ab12Cd34Ef",
        digest=b"\x01digest-of-a-secret-key-32-bytes",
        last_four="zzzz",
    )


@pytest.fixture
def repository(organization):
    return Repository.objects.create(org=organization, name="checkout-service")


@pytest.fixture
def new_entries(db):
    """The entries written since the test's own rows were made, oldest first."""
    seen = []

    def read():
        return list(AuditLogSaaS.objects.exclude(pk__in=seen).order_by("id"))

    def start():
        seen[:] = AuditLogSaaS.objects.values_list("pk", flat=True)
        return read

    return start


@pytest.fixture
def log_that_refuses():
    """The database takes no new audit entry within the block."""
    table = AuditLogSaaS._meta.db_table

    @contextmanager
    def refusing():
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT refused CHECK (false) NOT VALID")
        try:
            yield
        finally:
            with connection.cursor() as cursor:
                cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT refused")

    return refusing
