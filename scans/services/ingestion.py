"""Take in the reports of one commit: one transaction, one lock, all or nothing."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from django.conf import settings

from codestax.common.acts import act
from codestax.common.failpoints import reached
from scans.domain.copy_text import StorableRun
from scans.domain.findings import ReportLimits
from scans.domain.memo import Memory
from scans.domain.request import ReadRequest
from scans.domain.unpacking import SentReport, sent_report
from scans.domain.version import RULES_VERSION
from scans.models import Analysis, Repository, Scan, Upload
from scans.reader.aside import Reader
from scans.services.commits import CommitFacts, learn, lock, scan_of
from scans.services.evidence import refresh_evidence
from scans.services.intervals import Change, apply_run, store_first_run
from scans.services.memos import Memos, remember

# The same bytes again within this time are a retry, which changes nothing; later they are
# another scan of an unchanged commit, which is news: the evidence is fresh again.
RETRY_TIME = timedelta(hours=1)
# More than one request ever makes (ReportLimits.runs).
MOST_ANALYSES = 1000
# Reports of fewer bytes are read within a few milliseconds, and hold nobody up.
_LEAST_ASIDE = 200_000

reader = Reader(megabytes=settings.WORKER_MEMORY_MB)


@dataclass(frozen=True)
class Reports:
    """The reports of one request, and what their sender says of them.

    `declared_format` names the format of reports that do not show it; `covers` are check types
    that scanners of many kinds were told to look for.
    """

    sent: Sequence[SentReport]
    limits: ReportLimits
    declared_format: str = ""
    covers: frozenset[str] = frozenset()

    @classmethod
    def of(cls, contents: Sequence[bytes], limits: ReportLimits, *told: Any) -> Self:
        """Take reports, gzip or not, that have not been looked through yet."""
        return cls([sent_report(content, limits) for content in contents], limits, *told)

    def digest(self) -> bytes:
        """Of all bodies in order, and of the rules that they are read by."""
        rules = (RULES_VERSION, self.declared_format, *sorted(self.covers))
        whole = hashlib.sha256("\n".join(rules).encode())
        for report in self.sent:
            whole.update(report.digest)
        return whole.digest()

    def runs(self, memory: Memory) -> list[StorableRun]:
        """Raises ReportFormatError, ReportTooLargeError and UnsupportedReportError."""
        return self._request(memory).runs()

    def runs_aside(self, memory: Memory) -> list[StorableRun]:
        """Return the same, read in a process of its own where that is worth its while."""
        if sum(report.size for report in self.sent) < _LEAST_ASIDE:
            return self.runs(memory)
        return reader.read(self._request(memory))

    def _request(self, memory: Memory) -> ReadRequest:
        contents = [report.content for report in self.sent]
        return ReadRequest(contents, self.limits, self.declared_format, self.covers, memory)


# How reports are read: one of the two above.
Way = Callable[[Reports, Memory], list[StorableRun]]


@dataclass(frozen=True)
class Reading:
    """Reports that have been read; `runs` is None for those that the branch knows already."""

    reports: Reports
    way: Way
    digest: bytes
    memos: Memos
    runs: list[StorableRun] | None

    def runs_for(self, scan: Scan) -> list[StorableRun]:
        """Return the runs, read again where the reports before them are others by now."""
        if self.runs is not None and self.memos.hold_for(scan):
            return self.runs
        return self.way(self.reports, Memory.empty())


def ingest(*, repository: Repository, commit: CommitFacts, reports: Reports, now: datetime) -> Scan:
    """Read the reports, store what they change, and return the scan with its new evidence.

    A report that cannot be read raises before anything is written. A large one is read aside: it
    is a request's, beside which others of the same process want their answers.
    """
    reached("upload.parsing")
    reading = read(repository, commit.branch, reports, Reports.runs_aside)
    reached("upload.parsed")
    with act("SCAN_UPLOADED", organization_id=repository.org_id):
        scan = store(repository=repository, commit=commit, reading=reading, now=now)
        Upload.objects.create(
            org_id=scan.org_id,
            scan=scan,
            status=Upload.Status.COMPLETED,
            received_at=now,
            finished_at=now,
        )
        reached("upload.committing")
    reached("upload.committed")
    return scan


def read(repository: Repository, branch: str, reports: Reports, way: Way = Reports.runs) -> Reading:
    """Read the reports, unless an identical request made what the branch holds."""
    digest = reports.digest()
    is_known = bool(_repeated(repository, branch, digest))
    memos = Memos(repository, branch)
    runs = None if is_known else way(reports, memos.memory())
    return Reading(reports, way, digest, memos, runs)


def store(
    *,
    repository: Repository,
    commit: CommitFacts,
    reading: Reading,
    now: datetime,
    scan: Scan | None = None,
) -> Scan:
    """Store what was read, within the caller's act. `scan` is the one that waits for it, if any."""
    with act(
        "SCAN_UPLOADED",
        organization_id=repository.org_id,
        repository=repository.name,
        branch=commit.branch,
        commit=commit.commit,
    ) as this:
        lock(repository)
        scan = _fresh(scan) if scan else scan_of(repository, commit, now)
        is_changed = learn(scan, commit) or scan.status != Scan.Status.COMPLETED
        repeated = _repeated(repository, commit.branch, reading.digest)
        if repeated and repeated[0].scan.position <= scan.position:
            is_changed |= _repeat(scan, repeated, now)
        else:
            _store_runs(scan, reading.runs_for(scan), reading.digest, now)
            is_changed = True
        if is_changed:
            scan.status = Scan.Status.COMPLETED
            scan.completed_at = now
            scan.save()
            reached("upload.stored")
            refresh_evidence(scan)
        this.metadata.update(scan=scan.pk, tools=[one.tool for one in scan.analyses.all()])
    return scan


def _fresh(scan: Scan) -> Scan:
    """As it is now that the repository is locked: another upload may have completed it."""
    found: Scan = Scan.objects.select_related("repository").get(pk=scan.pk)
    return found


def _repeated(repository: Repository, branch: str, digest: bytes) -> list[Analysis]:
    """The analyses that an identical request made, if they are the branch's newest still."""
    analyses = Analysis.objects.filter(
        org=repository.org_id, scan__repository=repository.pk, scan__branch=branch
    )
    of_digest = analyses.filter(report_digest=digest).select_related("scan")
    found = list(of_digest.order_by("-scan__position")[:MOST_ANALYSES])
    same = [one for one in found if one.scan_id == found[0].scan_id]
    if not same or len(same) != same[0].report_analyses:
        return []
    later = analyses.filter(scan__position__gt=same[0].scan.position)
    is_outdated = {(one.tool, one.category) for one in same} & set(
        later.values_list("tool", "category")
    )
    return [] if is_outdated else same


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


def _store_runs(scan: Scan, runs: list[StorableRun], digest: bytes, now: datetime) -> None:
    for run in runs:
        of_tool = Analysis.objects.filter(
            org=scan.org_id,
            scan__repository=scan.repository_id,
            scan__branch=scan.branch,
            tool=run.tool,
            category=run.category,
        )
        change = _apply(scan, run, of_tool)
        remember(scan, run)
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


def _apply(scan: Scan, run: StorableRun, of_tool: Any) -> Change:
    if not of_tool.exists():
        return store_first_run(scan=scan, run=run)
    later = Scan.objects.filter(
        pk__in=of_tool.filter(scan__position__gt=scan.position).values("scan")
    )
    return apply_run(
        scan=scan,
        run=run,
        until=later.order_by("position").first(),
        replaces=of_tool.filter(scan=scan).exists(),
    )


def _counts(run: StorableRun, change: Change) -> dict[str, Any]:
    """Shape of Analysis.counts."""
    active = run.all_rows - change.suppressed
    return {
        "results": run.results,
        "opened": change.opened,
        "unchanged": active - change.opened,
        "closed": change.closed,
        "duplicates": run.duplicates,
        "suppressed": change.suppressed,
        "ignored": run.ignored,
    }


def _known_coverage(of_tool: Any, scan: Scan, run: StorableRun) -> set[str]:
    """What the same tool and category covered before, for a complete run.

    Tools of many kinds name only the rules that they broke: without this memory the repair of
    the last vulnerability would look like a scanner switched off.
    """
    if not run.is_complete:
        return set()
    before = (
        of_tool.filter(scan__position__lt=scan.position, is_complete=True)
        .order_by("-scan__position")
        .first()
    )
    return set() if before is None else set(before.check_types)
