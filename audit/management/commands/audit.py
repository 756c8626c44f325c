"""Sign, verify, export and trim the audit log."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from audit import services
from audit.chains import export_lines, verify_chain
from audit.domain.chain import SYSTEM_ORG
from audit.models import AuditHead
from audit.verify import BrokenLogError
from orgs.models import Organization


class Command(BaseCommand):
    help = "Sign (checkpoint), verify, export or trim (retain) the audit log."

    def add_arguments(self, parser: ArgumentParser) -> None:
        tasks = parser.add_subparsers(dest="task", required=True)
        tasks.add_parser("checkpoint", help="sign what is new, for every organization")
        verify = tasks.add_parser("verify", help="look for changed, lost and swapped entries")
        verify.add_argument("--org", help="the slug of one organization; default: all")
        export = tasks.add_parser("export", help="print a log as JSON lines, to verify elsewhere")
        export.add_argument("--org", required=True, help="the slug of the organization")
        retain = tasks.add_parser("retain", help="drop old entries; their checkpoints stay")
        retain.add_argument(
            "--days",
            type=int,
            default=settings.AUDIT_RETENTION_DAYS,
            help="how long entries are kept (AUDIT_RETENTION_DAYS)",
        )
        retain.add_argument("--org", help="the slug of one organization; default: all")

    def handle(self, *args: Any, **options: Any) -> None:
        getattr(self, f"_{options['task']}")(options)

    def _checkpoint(self, options: dict[str, Any]) -> None:
        made = services.make_checkpoints(now=timezone.now())
        for checkpoint in made:
            self.stdout.write(f"Signed {checkpoint}.")
        unsigned = services.unsigned_chains()
        if unsigned:
            raise CommandError(f"Not signed, look at `audit verify`: organizations {unsigned}.")
        self.stdout.write(f"Checkpoints made: {len(made)}.")

    def _verify(self, options: dict[str, Any]) -> None:
        broken = False
        for org in _chains(options["org"]):
            try:
                self.stdout.write(f"{_name(org)}: OK. {verify_chain(org)}")
            except BrokenLogError as error:
                broken = True
                self.stderr.write(f"{_name(org)}: FAILED. {error}")
        if broken:
            sys.exit(1)

    def _export(self, options: dict[str, Any]) -> None:
        (org,) = _chains(options["org"])
        self.stdout.ending = ""
        for line in export_lines(org):
            self.stdout.write(line)

    def _retain(self, options: dict[str, Any]) -> None:
        if options["days"] < 1:
            raise CommandError("Say with --days or AUDIT_RETENTION_DAYS how long to keep entries.")
        for org in _chains(options["org"]):
            dropped = services.trim(org=org, days=options["days"], now=timezone.now())
            self.stdout.write(f"{_name(org)}: entries dropped: {dropped}.")


def _chains(slug: str | None) -> list[int]:
    """The chains to look at: of one organization, or all that there are."""
    if slug is None:
        return list(AuditHead.objects.values_list("org", flat=True))
    found = Organization.objects.filter(slug=slug).first()
    if found is None:
        raise CommandError(f"There is no organization {slug}.")
    return [found.pk]


def _name(org: int) -> str:
    if org == SYSTEM_ORG:
        return "No organization"
    found = Organization.objects.filter(pk=org).first()
    return found.slug if found else f"Organization {org}, which is gone"
