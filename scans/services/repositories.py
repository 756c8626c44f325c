"""Repositories: register, change, remove."""

from typing import Any

from codestax.common.acts import act
from orgs.models import Organization
from scans.models import Repository


def create_repository(
    *,
    organization: Organization,
    name: str,
    default_branch: str = "main",
    languages: list[str] | None = None,
) -> Repository:
    """Register a repository; its name is unique in the organization."""
    with act("REPOSITORY_CREATED", organization_id=organization.pk, repository=name):
        repository = Repository(
            org=organization,
            name=name,
            default_branch=default_branch,
            languages=languages or [],
        )
        repository.full_clean()
        repository.save()
    return repository


def update_repository(*, repository: Repository, **fields: Any) -> Repository:
    """Change some of name, default_branch and languages."""
    with act("REPOSITORY_UPDATED", organization_id=repository.org_id, repository=repository.name):
        for name, value in fields.items():
            setattr(repository, name, value)
        repository.full_clean()
        repository.save(update_fields=list(fields))
    return repository


def delete_repository(*, repository: Repository) -> None:
    """Remove a repository with its scans and findings; what it was stays in the audit log."""
    with act("REPOSITORY_DELETED", organization_id=repository.org_id, repository=repository.name):
        repository.delete()
