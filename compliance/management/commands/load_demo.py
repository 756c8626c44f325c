"""Load the demo and say what can be done with it."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from compliance.management import demo
from orgs.models import Organization

_AFTER = """
Open      {url}/dashboard       the compliance dashboard
          {url}/api/docs        the API, to read and try
          {url}/admin/          support staff's admin
Sign in   {email:<26}{password}   (dashboard; API: POST {url}/api/auth/token)
          {support:<26}{password}   (admin)
API key   {api_key}

Paste these in another terminal, in this folder:

  curl -s -H "X-API-Key: {api_key}" {url}/api/compliance/score/{repo_id}

  curl -s -X PUT -H "X-API-Key: {api_key}" -H "Content-Type: application/json" \\
       -d '{{"keys": ["soc2", "owasp", "pcidss"]}}' {url}/api/compliance/frameworks/enabled

  curl -s -H "X-API-Key: {api_key}" -H "Content-Type: application/sarif+json" \\
       --data-binary @demo/{report} "{url}/api/repos/{repo_id}/scans?commit=0123abcd"
"""


class Command(BaseCommand):
    help = "Make the demo's organization, with repositories loaded from real scanner reports."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("The demo's password does not end: load it on loopback alone.")
        now = timezone.now()
        credentials = demo.load(now)
        organization = Organization.objects.get(slug=credentials.org)
        assessments = demo.assess(organization, now)
        self._print_table(assessments)
        self.stdout.write(
            _AFTER.format(
                url=f"http://127.0.0.1:{options['port']}",
                repo_id=assessments[0][0].pk,
                report=demo.last_report(assessments[0][0].name),
                email=credentials.email,
                support=credentials.support,
                password=credentials.password,
                api_key=credentials.api_key,
            )
        )

    def _print_table(self, assessments: list[tuple[Any, Any]]) -> None:
        keys = list(assessments[0][1].frameworks)
        header = "".join(f"{key:>10}" for key in ("overall", *keys))
        self.stdout.write(f"\n{'repository':<20}{header}  posture")
        for repository, assessment in assessments:
            scores = [assessment.frameworks[key].score for key in keys]
            cells = "".join(f"{score:>10}" for score in (assessment.summary.overall_score, *scores))
            self.stdout.write(f"{repository.name:<20}{cells}  {assessment.summary.posture}")
