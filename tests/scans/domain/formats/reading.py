"""Reports as small as a rule needs them, and what comes out of them."""

import json

from scans.domain.findings import ReportLimits
from scans.domain.union import united
from tests.scans.domain.reports import FIELDS

LIMITS = ReportLimits()


def read(module, report, limits=LIMITS):
    """Read a report of one run."""
    return read_text(module, json.dumps(report).encode(), limits)


def read_text(module, text, limits=LIMITS):
    """Read the bytes of a report of one run."""
    (found,) = united(module.parse(text, limits))
    return found


def findings(module, report):
    return [dict(zip(FIELDS, row, strict=True)) for row in read(module, report).rows]


def finding(module, report):
    (found,) = findings(module, report)
    return found


def ids(rows):
    return {row[0] for row in rows}
