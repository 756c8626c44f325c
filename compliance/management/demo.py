"""The demo's organization: real scanner reports of small flawed samples, spread over weeks."""

import secrets
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from django.conf import settings
from django.db import connection, transaction

from compliance.domain.assessment import Assessment
from compliance.domain.scoring import evaluate
from compliance.queries import latest_scan
from orgs.domain.plans import Plan
from orgs.domain.roles import Role
from orgs.models import Organization, User
from orgs.services.keys import create_key
from orgs.services.organizations import create_organization
from scans import services
from scans.domain.findings import ReportLimits
from scans.models import Repository

DEMO = Path(settings.BASE_DIR) / "demo"
OWNER = "owner@acme.example"
SUPPORT = "support@codestax.example"


class Credentials(msgspec.Struct):
    """What the demo prints; kept in var/, since a key is shown only once."""

    org: str
    email: str
    support: str
    password: str
    api_key: str


class DemoScan(msgspec.Struct):
    days_ago: float
    commit: str
    reports: list[str]
    quality_gate: str
    pull_requests_merged: int
    pull_requests_reviewed: int
    lines_of_code: int
    nothing_to_check: list[str] = []


class DemoRepository(msgspec.Struct):
    name: str
    default_branch: str
    languages: list[str]
    scans: list[DemoScan]


def load(now: datetime) -> Credentials:
    """Make the demo's organization with its history, unless it is there; safe to repeat."""
    path = settings.VAR_DIR / "demo.json"
    known = msgspec.json.decode(path.read_bytes(), type=Credentials) if path.exists() else None
    if known is not None and Organization.objects.filter(slug=known.org).exists():
        return known
    with transaction.atomic():  # a load that is cut off leaves nothing half made
        credentials = _make_organization()
        organization = Organization.objects.get(slug=credentials.org)
        for entry in _timeline():
            _load_repository(organization, entry, now)
        path.touch(mode=0o600)
        path.write_bytes(msgspec.json.encode(credentials))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # a server that soon stops again never gets to it by itself
    return credentials


def assess(organization: Organization, now: datetime) -> list[tuple[Repository, Assessment]]:
    """The present assessment of each repository, by name."""
    scored = [
        (repository, latest_scan(organization, repository.pk))
        for repository in Repository.objects.of(organization)
    ]
    return [
        (repository, evaluate(latest.evidence, latest.policy, now)) for repository, latest in scored
    ]


def last_report(name: str) -> str:
    """The path, below demo/, of a report of the repository's newest scan."""
    entry = next(one for one in _timeline() if one.name == name)
    return min(entry.scans, key=lambda one: one.days_ago).reports[0]


def _timeline() -> list[DemoRepository]:
    return msgspec.json.decode((DEMO / "timeline.json").read_bytes(), type=list[DemoRepository])


def _make_organization() -> Credentials:
    password = secrets.token_urlsafe(9)
    made = create_organization(name="Acme", plan=Plan.TEAM, owner_email=OWNER)
    User.objects.filter(email=SUPPORT).delete()
    User.objects.create_superuser(SUPPORT, password)
    # The owner may be known from an earlier demo, whose password is lost with its file.
    made.owner.user.set_password(password)
    made.owner.user.save()
    issued = create_key(acting=made.owner, name="Demo", role=Role.OWNER)
    return Credentials(
        org=made.organization.slug,
        email=OWNER,
        support=SUPPORT,
        password=password,
        api_key=issued.text,
    )


def _load_repository(organization: Organization, entry: DemoRepository, now: datetime) -> None:
    repository = services.create_repository(
        organization=organization,
        name=entry.name,
        default_branch=entry.default_branch,
        languages=entry.languages,
    )
    for scan in sorted(entry.scans, key=lambda one: -one.days_ago):
        services.ingest(
            repository=repository,
            commit=services.CommitFacts(
                branch=entry.default_branch, commit=scan.commit, facts=_facts(scan)
            ),
            reports=services.Reports.of(
                [(DEMO / report).read_bytes() for report in scan.reports], ReportLimits()
            ),
            now=now - timedelta(days=scan.days_ago),
        )


def _facts(scan: DemoScan) -> dict[str, Any]:
    facts = msgspec.structs.asdict(scan)
    return {
        name: value
        for name, value in facts.items()
        if name not in ("days_ago", "commit", "reports")
    }
