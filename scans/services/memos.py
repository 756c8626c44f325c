"""What the newest reports of a branch came to, kept so that the next are read by differences."""

from hashlib import sha256

from django.conf import settings

from scans.domain.findings import RunFacts
from scans.domain.memo import KEY_BYTES, Memory
from scans.domain.version import RULES_VERSION
from scans.models import Analysis, ReportMemo, Repository, Scan


class Memos:
    """The memos of a branch that a request's reports were compared with."""

    def __init__(self, repository: Repository, branch: str) -> None:
        self._of_branch = ReportMemo.objects.filter(
            org=repository.org_id, repository=repository, branch=branch, rules=RULES_VERSION
        )
        self._used: list[ReportMemo] = []

    def memory(self) -> Memory:
        """Let the domain ask for memos; what it got is noted."""
        return Memory(self._packed, _key())

    def _packed(self, tool: str, category: str) -> bytes:
        memo = self._of_branch.filter(tool=tool, category=category).first()
        if memo is None:
            return b""
        self._used.append(memo)
        return bytes(memo.content)

    def hold_for(self, scan: Scan) -> bool:
        """Whether a report for `scan` still follows what they were made of; under the lock."""
        return all(
            self._of_branch.filter(pk=memo.pk).exists()
            and not _is_followed(scan, memo.tool, memo.category)
            for memo in self._used
        )


def remember(scan: Scan, run: RunFacts) -> None:
    """Keep the memo of a run that is the newest of its tool and category, or none of it."""
    if _is_followed(scan, run.tool, run.category):
        return
    place = {
        "org_id": scan.org_id,
        "repository_id": scan.repository_id,
        "branch": scan.branch,
        "tool": run.tool,
        "category": run.category,
    }
    # A memo is never changed, but replaced: by its id it is told whether it still holds.
    ReportMemo.objects.filter(**place).delete()
    if run.memo:
        ReportMemo.objects.create(**place, rules=RULES_VERSION, content=run.memo)


def _key() -> bytes:
    """What results are digested with: nobody can try what a secret in one of them may be."""
    return sha256(f"report memo {settings.SECRET_KEY}".encode()).digest()[:KEY_BYTES]


def _is_followed(scan: Scan, tool: str, category: str) -> bool:
    return Analysis.objects.filter(
        org=scan.org_id,
        scan__repository=scan.repository_id,
        scan__branch=scan.branch,
        scan__position__gt=scan.position,
        tool=tool,
        category=category,
    ).exists()
