"""Reads of an organization's policy, and of the evidence that it is held against."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import compress
from typing import Any

import msgspec
from django.db import connection
from django.db.models import Subquery
from django.http import Http404
from django.shortcuts import get_object_or_404

from codestax.common.errors import NotFoundError
from codestax.common.fields import document_reader
from compliance.domain.catalog import CATALOG_VERSION, Framework
from compliance.domain.custom_frameworks import has_known_rules
from compliance.domain.policy import CustomFramework as CustomFrameworkValue
from compliance.domain.policy import Policy, available_frameworks
from compliance.models import CustomFramework, PolicyVersion
from orgs.models import Organization
from scans.domain.evidence import Evidence
from scans.models import Repository, Scan

_read_policy = document_reader(Policy)
decode_evidence = document_reader(Evidence)
# Pipelines and dashboards ask for the same few scans again and again. Bounded in number and in
# size: memory must not depend on what is uploaded.
_kept_evidence = lru_cache(maxsize=256)(decode_evidence)
_MOST_CHARS_KEPT = 200_000


@dataclass(frozen=True, slots=True)
class LatestScan:
    """The newest completed scan of a branch, and the policy in force that it is held against.

    Without a scan, only the repository is known.
    """

    repo_id: int
    repo_name: str
    policy: Policy
    completed_at: datetime | None = None
    evidence: Evidence | None = None


@dataclass(frozen=True, slots=True)
class ScanEvidence:
    """One completed scan of a trend."""

    scan_id: int
    completed_at: datetime
    commit: str
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """A moment from which on another policy was in force; `parts` are the keys that differ."""

    changed_at: datetime
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TrendScans:
    """The completed scans of a branch in a window, oldest first."""

    repo_id: int
    repo_name: str
    scans: tuple[ScanEvidence, ...]


# The two reads of every score, by hand: the ORM takes several times as long to build them as the
# database to answer them. Both start from the organization.
_NEWEST_POLICY = """
SELECT id FROM compliance_policyversion WHERE org_id = %s ORDER BY id DESC LIMIT 1
"""
_POLICY = "SELECT document::text FROM compliance_policyversion WHERE org_id = %s AND id = %s"
# What an organization has decided, as one value: every change ends with this read, under its lock.
_STORED = """
SELECT json_build_object(
    'enabled', (SELECT keys FROM compliance_frameworkselection WHERE org_id = %(org)s),
    'disabled', (
        SELECT json_object_agg(framework_key, disabled ORDER BY framework_key)
        FROM compliance_controlselection WHERE org_id = %(org)s AND disabled <> '{}'
    ),
    'custom', (
        SELECT json_agg(json_build_object(
            'key', key, 'name', name, 'description', description, 'controls', controls
        ) ORDER BY name, key)
        FROM compliance_customframework WHERE org_id = %(org)s
    )
)::text
"""
# A subquery and not a join: so PostgreSQL reads the branch's index from its newest end. The
# evidence as text: msgspec decodes it once, straight into its type.
_LATEST_SCAN = """
SELECT r.name, s.completed_at, s.evidence, (
    SELECT id FROM compliance_policyversion WHERE org_id = r.org_id ORDER BY id DESC LIMIT 1
)
FROM scans_repository r
LEFT JOIN LATERAL (
    SELECT completed_at, evidence FROM scans_scan
    WHERE org_id = r.org_id AND repository_id = r.id AND status = 'completed'
        AND branch = COALESCE(%(branch)s, r.default_branch)
    ORDER BY position DESC LIMIT 1
) s ON true
WHERE r.org_id = %(org)s AND r.id = %(repository)s
"""
# A day whose scans are all of older commits than an earlier day's did not move the branch.
_DAILY_SCANS = """
SELECT id, completed_at, commit, evidence FROM (
    SELECT *, max(position) OVER (ORDER BY day) AS reached FROM (
        SELECT DISTINCT ON (day) (completed_at AT TIME ZONE 'UTC')::date AS day, *
        FROM scans_scan
        WHERE org_id = %(org)s AND repository_id = %(repo)s AND branch = (
                SELECT default_branch FROM scans_repository
                WHERE org_id = %(org)s AND id = %(repo)s
            )
            AND status = 'completed' AND completed_at >= %(since)s AND evidence IS NOT NULL
        ORDER BY day, position DESC
    ) last_of_day
) seen
WHERE position = reached ORDER BY position
"""
# Compared in the database: the documents hold all custom frameworks, the answer a few words.
_POLICY_PARTS = ("catalog_version", "plan", "enabled", "disabled", "custom")
_MOST_POLICY_CHANGES = 50
_POLICY_CHANGES = f"""
SELECT created_at, {
    ", ".join(f"document->'{part}' IS DISTINCT FROM earlier->'{part}'" for part in _POLICY_PARTS)
}
FROM (
    SELECT id, created_at, document, lag(document) OVER (ORDER BY id) AS earlier
    FROM (
        SELECT id, created_at, document FROM compliance_policyversion
        WHERE org_id = %s ORDER BY id DESC LIMIT {_MOST_POLICY_CHANGES + 1}
    ) version
) change
WHERE earlier IS NOT NULL AND created_at >= %s
ORDER BY id
"""  # noqa: S608 - of our own constants


def current_policy(organization: Organization) -> Policy:
    """Return the policy in force.

    One query for the id of the newest version; versions never change, so their documents stay in
    this process.
    """
    newest = _first_row(_NEWEST_POLICY, [organization.pk])
    return policy_of(organization, newest and newest[0])


def policy_of(organization: Organization, version_id: int | None) -> Policy:
    """Return the policy of a version; without a readable one, what the tables say."""
    return readable_policy(organization, version_id) or stored_policy(organization)


def readable_policy(organization: Organization, version_id: int | None) -> Policy | None:
    """Return the policy of a version, None where there is none or it is damaged."""
    if version_id is None:  # rows that were loaded without signals
        return None
    return _policy_version(organization.pk, version_id)


def _first_row(statement: str, values: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchone()


@lru_cache(maxsize=256)
def _policy_version(organization_id: int, version_id: int) -> Policy | None:
    found = _first_row(_POLICY, [organization_id, version_id])
    if found is None:
        raise PolicyVersion.DoesNotExist
    policy: Policy | None = _read_policy(found[0])
    return policy if policy and all(map(has_known_rules, policy.custom)) else None


def stored_policy(organization: Organization) -> Policy:
    """Build the policy from the tables: what its next version is written from."""
    (document,) = _first_row(_STORED, {"org": organization.pk})
    stored: dict[str, Any] = msgspec.json.decode(document)
    enabled, disabled = stored["enabled"], stored["disabled"] or {}
    return Policy(
        catalog_version=CATALOG_VERSION,
        plan=str(organization.plan),
        enabled=None if enabled is None else tuple(enabled),
        disabled={key: tuple(ids) for key, ids in disabled.items()},
        custom=tuple(filter(None, map(_custom_framework, stored["custom"] or ()))),
    )


def custom_framework(row: CustomFramework) -> CustomFrameworkValue | None:
    """Return the row's framework, None where its controls are damaged."""
    names = ("key", "name", "description", "controls")
    return _custom_framework({name: getattr(row, name) for name in names})


def _custom_framework(values: dict[str, Any]) -> CustomFrameworkValue | None:
    try:
        read = msgspec.convert(values, CustomFrameworkValue)
    except msgspec.ValidationError:
        return None
    return read if has_known_rules(read) else None


def framework_of(policy: Policy, key: str) -> Framework:
    """Return a built-in or custom framework; raises NotFoundError."""
    for framework in available_frameworks(policy):
        if framework.key == key:
            return framework
    raise NotFoundError("Not found.")


def repository_of(organization: Organization, repo_id: int) -> Repository:
    """Return the organization's repository; raises Http404, for another organization's too."""
    repository: Repository = get_object_or_404(Repository.objects.of(organization), pk=repo_id)
    return repository


def latest_scan(organization: Organization, repo_id: int, branch: str | None = None) -> LatestScan:
    """Return what a repository is scored on, in one query.

    `branch` None is the default branch. Raises Http404.
    """
    values = {"org": organization.pk, "repository": repo_id, "branch": branch}
    found = _first_row(_LATEST_SCAN, values)
    if found is None:
        raise Http404
    name, completed_at, document, version_id = found
    evidence = document and _evidence(document)
    return LatestScan(repo_id, name, policy_of(organization, version_id), completed_at, evidence)


def _evidence(document: str) -> Evidence | None:
    keep = len(document) <= _MOST_CHARS_KEPT
    read: Evidence | None = (_kept_evidence if keep else decode_evidence)(document)
    return read


def trend_scans(
    organization: Organization, repo_id: int, since: datetime, branch: str | None = None
) -> TrendScans:
    """Return the scans of a window, in the order of the branch (ADR 8). Raises Http404."""
    scans = _completed_scans(organization, repo_id, branch).filter(
        completed_at__gte=since, evidence__isnull=False
    )
    rows = list(
        scans.order_by("position").values_list(
            "repository__name", "pk", "completed_at", "commit", "evidence"
        )
    )
    name = rows[0][0] if rows else repository_of(organization, repo_id).name
    return TrendScans(repo_id, name, tuple(_scan_evidence(row[1:] for row in rows)))


def daily_scans(organization: Organization, repo_id: int, since: datetime) -> list[ScanEvidence]:
    """Return where the default branch stood after each day (UTC) from `since` on, oldest first.

    So a chart has at most a point a day, however often a pipeline runs; its days ascend, and it
    ends with the latest scan. A day that brought only scans of older commits has none.
    """
    with connection.cursor() as cursor:
        cursor.execute(_DAILY_SCANS, {"org": organization.pk, "repo": repo_id, "since": since})
        rows = cursor.fetchall()
    return list(_scan_evidence((*row, decode_evidence(document)) for *row, document in rows))


def policy_changes(organization: Organization, since: datetime) -> list[PolicyChange]:
    """Return the newest changes of the policy from `since` on, oldest first; at most 50."""
    with connection.cursor() as cursor:
        cursor.execute(_POLICY_CHANGES, [organization.pk, since])
        rows = cursor.fetchall()
    changes = [
        PolicyChange(moment, tuple(compress(_POLICY_PARTS, differs))) for moment, *differs in rows
    ]
    return [change for change in changes if change.parts]


def _scan_evidence(rows: Iterable[Any]) -> Iterator[ScanEvidence]:
    """The scans whose evidence can be read."""
    for scan_id, completed_at, commit, evidence in rows:
        if evidence is not None:
            yield ScanEvidence(scan_id, completed_at, commit, evidence)


def _completed_scans(organization: Organization, repo_id: int, branch: str | None) -> Any:
    # A subquery and not a join: so PostgreSQL reads the branch's index from its newest end.
    repository = Repository.objects.of(organization).filter(pk=repo_id).order_by()
    default = repository.values("default_branch")
    scans = Scan.objects.of(organization).filter(repository=repo_id).completed()
    return scans.filter(branch=Subquery(default) if branch is None else branch)
