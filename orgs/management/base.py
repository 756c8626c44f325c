"""The base of this app's commands."""

import json
from argparse import ArgumentParser
from enum import StrEnum
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import ProgrammingError
from psycopg.errors import InsufficientPrivilege

from codestax.common.errors import DomainError, NotFoundError
from orgs.models import Organization

Choice = TypeVar("Choice", bound=StrEnum)


class JsonCommand(BaseCommand):
    """A command that prints a result: lines for people or, with --json, one object for programs.

    A broken rule is a sentence on stderr and exit code 1. Nothing but the result is on stdout.
    """

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def run(self, **options: Any) -> dict[str, Any]:
        """Do the work and return what is printed."""
        raise NotImplementedError

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            result = self.run(**options)
        except DomainError as error:
            raise CommandError(error.message) from error
        except ValidationError as error:
            raise CommandError(_sentence(error)) from error
        except ProgrammingError as error:
            if isinstance(error.__cause__, InsufficientPrivilege):
                raise CommandError(
                    "The database account may not do this: set DATABASE_OWNER_URL."
                ) from error
            raise CommandError(
                "The database is not up to date: run manage.py migrate first."
            ) from error
        if options["json"]:
            self.stdout.write(json.dumps(result))
        else:
            self.stdout.writelines(f"{name}: {value}\n" for name, value in _flat(result))


def choice(kind: type[Choice], text: str) -> Choice:
    """`text` as one of the choices, or an error that lists them."""
    try:
        return kind(text)
    except ValueError as error:
        names = ", ".join(kind)
        raise CommandError(f"Unknown {kind.__name__.lower()}: {text} (one of {names})") from error


def find_organization(slug: str) -> Organization:
    found = Organization.objects.filter(slug=slug).first()
    if found is None:
        raise NotFoundError(f"There is no organization {slug}.")
    return found


def organization_out(organization: Organization) -> dict[str, Any]:
    return {"id": organization.pk, "slug": organization.slug, "plan": str(organization.plan)}


def _sentence(error: ValidationError) -> str:
    if hasattr(error, "error_dict"):
        return " ".join(
            f"{field}: {' '.join(messages)}" for field, messages in error.message_dict.items()
        )
    return " ".join(error.messages)


def _flat(result: dict[str, Any], path: str = "") -> list[tuple[str, Any]]:
    lines: list[tuple[str, Any]] = []
    for name, value in result.items():
        if isinstance(value, dict):
            lines += _flat(value, f"{path}{name}.")
        else:
            lines.append((f"{path}{name}", value))
    return lines
