"""Repositories: register, change, remove."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError

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
    """Register a repository; ValidationError where the organization has one of that name."""
    with act("REPOSITORY_CREATED", organization_id=organization.pk, repository=name):
        repository = Repository(
            org=organization,
            name=name,
            default_branch=default_branch,
            languages=languages or [],
        )
        _save(repository)
    return repository


def update_repository(*, repository: Repository, **fields: Any) -> Repository:
    """Change some of name, default_branch and languages."""
    with act("REPOSITORY_UPDATED", organization_id=repository.org_id, repository=repository.name):
        for name, value in fields.items():
            setattr(repository, name, value)
        _save(repository, update_fields=list(fields))
    return repository


def delete_repository(*, repository: Repository) -> None:
    """Remove a repository with its scans and findings; what it was stays in the audit log."""
    with act("REPOSITORY_DELETED", organization_id=repository.org_id, repository=repository.name):
        # An upload that is under way ends first, so that nothing of it stays behind.
        Repository.objects.select_for_update().filter(pk=repository.pk).first()
        repository.delete()


def _save(repository: Repository, **options: Any) -> None:
    """The database alone knows of a name that was taken at the same moment."""
    repository.full_clean(validate_constraints=False)
    try:
        repository.save(**options)
    except IntegrityError as error:
        if "scans_repository_unique_name" not in str(error):
            raise
        taken = "A repository with this name exists already."
        raise ValidationError({"name": [taken]}) from error
