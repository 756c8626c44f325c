"""Take in the reports of one commit: one transaction, one lock, all or nothing."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Min

from codestax.common.acts import act
from codestax.common.errors import NotFoundError
from scans.domain.findings import ParsedRun, ReportLimits
from scans.domain.union import NORMALISER_VERSION, parse_all
from scans.models import Analysis, Repository, Scan
from scans.services.evidence import refresh_evidence
from scans.services.intervals import Change, apply_run, store_first_run

# The same bytes again within this time are a retry, which changes nothing; later they are
# another scan of an unchanged commit, which is news: the evidence is fresh again.
RETRY_TIME = timedelta(hours=1)
# More than one request ever makes (ReportLimits.runs).
MOST_ANALYSES = 1000


@dataclass(frozen=True)
class Upload:
    """What a pipeline says of a commit beside its reports. An empty commit is a scan of its own.

    `facts` are columns of Scan: quality_gate, pull_requests_merged, pull_requests_reviewed,
    lines_of_code, languages, nothing_to_check; only those that were sent.
    """

    branch: str
    commit: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


def ingest(
    *,
    repository: Repository,
    upload: Upload,
    payloads: Sequence[bytes],
    limits: ReportLimits,
    now: datetime,
) -> Scan:
    """Read the reports, store what they change, and return the scan with its new evidence.

    A report that cannot be read raises before anything is written.
    """
    digest = _digest(payloads)
    runs = None if _repeated(repository, upload, digest) else parse_all(payloads, limits)
    with act(
        "SCAN_UPLOADED",
        organization_id=repository.org_id,
        repository=repository.name,
        branch=upload.branch,
        commit=upload.commit,
    ) as this:
        _lock(repository)
        scan = _scan_of(repository, upload, now)
        is_changed = _learn(scan, upload)
        repeated = _repeated(repository, upload, digest)
        if repeated and repeated[0].scan_id <= scan.pk:
            is_changed |= _repeat(scan, repeated, now)
        else:
            _store(scan, parse_all(payloads, limits) if runs is None else runs, digest, now)
            is_changed = True
        if is_changed:
            scan.completed_at = now
            scan.save()
            refresh_evidence(scan)
        this.metadata.update(scan=scan.pk, tools=[one.tool for one in scan.analyses.all()])
    return scan


def _digest(payloads: Sequence[bytes]) -> bytes:
    """Of all bodies in order, and of the rules that they are read by."""
    whole = hashlib.sha256(NORMALISER_VERSION.encode())
    for payload in payloads:
        whole.update(hashlib.sha256(payload).digest())
    return whole.digest()


def _lock(repository: Repository) -> None:
    """One upload at a time for a repository; foreign keys to it may still be written."""
    locked = Repository.objects.select_for_update(no_key=True).filter(pk=repository.pk)
    if locked.first() is None:
        raise NotFoundError("Not found.")  # deleted while its report was read


def _scan_of(repository: Repository, upload: Upload, now: datetime) -> Scan:
    values = {"org_id": repository.org_id, "repository": repository, "branch": upload.branch}
    found: Scan | None = None
    if upload.commit:
        found = Scan.objects.filter(**values, commit=upload.commit).first()
    if found is not None:
        found.repository = repository
        return found
    scan: Scan = Scan.objects.create(
        **values, commit=upload.commit, created_at=now, completed_at=now
    )
    return scan


def _learn(scan: Scan, upload: Upload) -> bool:
    """Take over what was sent beside the reports; whether any of it is new."""
    new = {name: value for name, value in upload.facts.items() if getattr(scan, name) != value}
    for name, value in new.items():
        setattr(scan, name, value)
    return bool(new)


def _repeated(repository: Repository, upload: Upload, digest: bytes) -> list[Analysis]:
    """The analyses that an identical request made, if they are the branch's newest still."""
    branch = Analysis.objects.filter(
        org=repository.org_id, scan__repository=repository.pk, scan__branch=upload.branch
    )
    found = list(branch.filter(report_digest=digest).order_by("-scan_id")[:MOST_ANALYSES])
    same = [one for one in found if one.scan_id == found[0].scan_id]
    if not same or len(same) != same[0].report_analyses:
        return []
    later = branch.filter(scan__gt=same[0].scan_id).values_list("tool", "category")
    return [] if {(one.tool, one.category) for one in same} & set(later) else same


def _repeat(scan: Scan, repeated: list[Analysis], now: datetime) -> bool:
    """Let `scan` hold what an identical request found, without reading it again.

    Writes no finding. Returns False for a retry of the scan's own request.
    """
    is_own = repeated[0].scan_id == scan.pk
    if is_own and now - repeated[0].reported_at < RETRY_TIME:
        return False
    for analysis in repeated:
        analysis.reported_at = now
        if not is_own:
            analysis.pk = None
            analysis.scan = scan
            analysis.counts = _nothing_new(analysis.counts)
        Analysis.objects.filter(scan=scan, tool=analysis.tool, category=analysis.category).exclude(
            pk=analysis.pk
        ).delete()
        analysis.save()
    return True


def _nothing_new(counts: dict[str, Any]) -> dict[str, Any]:
    open_results = counts["opened"] + counts["unchanged"]
    return counts | {"opened": 0, "unchanged": open_results, "closed": 0}


def _store(scan: Scan, runs: list[ParsedRun], digest: bytes, now: datetime) -> None:
    for run in runs:
        of_tool = Analysis.objects.filter(
            org=scan.org_id,
            scan__repository=scan.repository_id,
            scan__branch=scan.branch,
            tool=run.tool,
            category=run.category,
        )
        change = _apply(scan, run, of_tool)
        of_tool.filter(scan=scan).delete()
        Analysis.objects.create(
            org_id=scan.org_id,
            scan=scan,
            tool=run.tool,
            version=run.version,
            category=run.category,
            is_complete=run.is_complete,
            check_types=sorted(run.check_types | _known_coverage(of_tool, scan, run)),
            open_check_types=sorted(run.open_check_types),
            iac_kinds=sorted(run.iac_kinds),
            counts=_counts(run, change),
            report_digest=digest,
            report_analyses=len(runs),
            reported_at=now,
        )


def _apply(scan: Scan, run: ParsedRun, of_tool: Any) -> Change:
    if not of_tool.exists():
        return store_first_run(scan=scan, run=run)
    return apply_run(
        scan=scan,
        run=run,
        until=of_tool.filter(scan__gt=scan.pk).aggregate(next=Min("scan"))["next"],
        replaces=of_tool.filter(scan=scan).exists(),
    )


def _counts(run: ParsedRun, change: Change) -> dict[str, Any]:
    """Shape of Analysis.counts."""
    active = len(run.rows) - change.suppressed
    return {
        "results": run.results,
        "opened": change.opened,
        "unchanged": active - change.opened,
        "closed": change.closed,
        "duplicates": run.duplicates,
        "suppressed": change.suppressed,
        "ignored": run.ignored,
    }


def _known_coverage(of_tool: Any, scan: Scan, run: ParsedRun) -> set[str]:
    """What the same tool and category covered before, for a complete run.

    Tools of many kinds name only the rules that they broke: without this memory the repair of
    the last vulnerability would look like a scanner switched off.
    """
    if not run.is_complete:
        return set()
    before = of_tool.filter(scan__lt=scan.pk, is_complete=True).order_by("-scan_id").first()
    return set() if before is None else set(before.check_types)
