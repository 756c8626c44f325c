"""A member's key, a repository, and a client that uploads to it."""

import pytest

from tests.factories import ApiKeyFactory, MembershipFactory, RepositoryFactory


@pytest.fixture
def member():
    return MembershipFactory(role="member")


@pytest.fixture
def repository(member):
    return RepositoryFactory(org=member.org)


@pytest.fixture
def client(api_as, member):
    return api_as(ApiKeyFactory(membership=member))


@pytest.fixture
def upload(client, repository):
    def send(body, query="commit=a1", content_type="application/sarif+json", **headers):
        return client.post(
            f"/api/repos/{repository.pk}/scans?{query}",
            data=body,
            content_type=content_type,
            headers=headers,
        )

    return send
