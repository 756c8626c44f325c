"""The policy in force and the newest scans of all repositories: one query for any number."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from django.db import connection

from compliance.domain.policy import Policy
from compliance.queries import decode_evidence, policy_of
from orgs.models import Organization
from scans.domain.evidence import Evidence


class ScanVersion(msgspec.Struct, frozen=True, array_like=True):
    """A completed scan, and the state of its row: while that is the same, so is the evidence."""

    scan_id: int
    version: str


class RepositoryScans(msgspec.Struct, frozen=True):
    """The default branch's newest scans, newest first, and the last one before a moment.

    `completed_at` is that of the newest; it, `ids` and `versions` are None without any.
    """

    repo_id: int
    name: str
    created_at: datetime
    completed_at: datetime | None
    ids: tuple[int, ...] | None
    versions: tuple[str, ...] | None
    earlier: ScanVersion | None

    @property
    def newest(self) -> list[ScanVersion]:
        return list(map(ScanVersion, self.ids or (), self.versions or ()))


# One value, for that is read several times as fast as lists in rows, and can be compared as it is.
# A row's version is the transaction that last wrote it and the place where that lies.
# A scan of an earlier time is looked for by position, which the index is in the order of, and by
# completion, since a late upload for an old commit stands at an old position.
_NEWEST = """
SELECT (
    SELECT id FROM compliance_policyversion WHERE org_id = %(org)s ORDER BY id DESC LIMIT 1
), COALESCE(json_agg(repository ORDER BY repository.name), '[]')::text
FROM (
    SELECT r.id AS repo_id, r.name, r.created_at, newest.completed_at,
        newest.ids, newest.versions, earlier.scan AS earlier
    FROM scans_repository r
    LEFT JOIN LATERAL (
        SELECT (array_agg(completed_at))[1] AS completed_at,
            array_agg(id) AS ids, array_agg(version) AS versions
        FROM (
            SELECT id, completed_at, xmin::text || ctid::text AS version FROM scans_scan
            WHERE org_id = r.org_id AND repository_id = r.id AND status = 'completed'
                AND branch = r.default_branch
            ORDER BY position DESC LIMIT %(most)s
        ) scan
    ) newest ON true
    LEFT JOIN LATERAL (
        SELECT json_build_array(id, xmin::text || ctid::text) AS scan FROM scans_scan
        WHERE org_id = r.org_id AND repository_id = r.id AND status = 'completed'
            AND branch = r.default_branch
            AND position <= %(position)s AND completed_at <= %(moment)s
        ORDER BY position DESC LIMIT 1
    ) earlier ON true
    WHERE r.org_id = %(org)s
) repository
"""
_EVIDENCE = "SELECT id, evidence FROM scans_scan WHERE org_id = %s AND id = ANY(%s)"

decode_scans = msgspec.json.Decoder(tuple[RepositoryScans, ...]).decode


class NewestScans(NamedTuple):
    """The policy in force, and every repository by name, as JSON that `decode_scans` reads.

    The same text says that nothing has changed.
    """

    policy: Policy
    repositories: str


def newest_scans(organization: Organization, moment: datetime, most: int) -> NewestScans:
    """Return each repository's `most` newest scans, and its last before `moment`."""
    values: dict[str, Any] = {
        "org": organization.pk,
        "most": most,
        "moment": moment,
        "position": int(moment.timestamp()) * 1_000_000_000,
    }
    with connection.cursor() as cursor:
        cursor.execute(_NEWEST, values)
        version_id, repositories = cursor.fetchone()
    return NewestScans(policy_of(organization, version_id), repositories)


def evidence_of(
    organization: Organization, scan_ids: Collection[int]
) -> dict[int, Evidence | None]:
    """Return the evidence of these scans; no query where there is none to read."""
    if not scan_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_EVIDENCE, [organization.pk, list(scan_ids)])
        return {scan_id: document and decode_evidence(document) for scan_id, document in cursor}
