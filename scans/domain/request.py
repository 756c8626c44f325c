"""The reports of one request, and what is to be made of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from scans.domain.copy_text import StorableRun, storable
from scans.domain.coverage import with_declared_coverage
from scans.domain.findings import ReportLimits
from scans.domain.ingest import parse_all
from scans.domain.memo import Memory
from scans.domain.unpacking import is_gzip, unpack


@dataclass(frozen=True)
class ReadRequest:
    """`contents` are the reports as they were sent, gzip or not.

    `declared_format` names the format of reports that do not show it; `covers` are check types
    that scanners of many kinds were told to look for.
    """

    contents: Sequence[bytes]
    limits: ReportLimits
    declared_format: str
    covers: frozenset[str]
    memory: Memory

    def runs(self) -> list[StorableRun]:
        """Return one run for each tool and category, ready to be stored.

        Raises what parse_all() raises.
        """
        payloads = [
            unpack([content], gzipped=is_gzip(content), limits=self.limits)
            for content in self.contents
        ]
        found = parse_all(payloads, self.limits, self.declared_format, self.memory)
        return [storable(with_declared_coverage(run, self.covers)) for run in found]
