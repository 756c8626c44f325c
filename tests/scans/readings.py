"""What holds of every report that was read, whatever was in it."""

from scans.domain.findings import LICENCE, SEVERITY_RANK, CheckType, ReportLimits
from scans.models import Analysis, Finding

CHECK_TYPES = {*CheckType, LICENCE}
MESSAGE_CHARS = ReportLimits().message_chars


def check_runs(runs, at=None):
    """The runs add up, and the database can store each row; `at` names the input."""
    assert len({(run.tool, run.category) for run in runs}) == len(runs), at
    for run in runs:
        check_run(run, at)


def check_run(run, at):
    ignored = sum(run.ignored.values())
    assert run.results == len(run.rows) + run.duplicates + ignored, at
    assert min(run.results, run.duplicates, *run.ignored.values(), 0) == 0, at
    assert len({row[0] for row in run.rows}) == len(run.rows), at
    assert run.open_check_types <= run.check_types <= set(CheckType), at
    assert run.tool.strip(), at
    for text, field in ((run.tool, "tool"), (run.version, "version"), (run.category, "category")):
        check_text(text, Analysis, field, at)
    assert all(len(kind) <= 20 for kind in run.iac_kinds), at
    for row in run.rows:
        check_row(row, at)


def check_row(row, at):
    fingerprint, check_type, severity, rule_id, path, line, message, cwes, is_suppressed = row
    assert isinstance(fingerprint, bytes), at
    assert len(fingerprint) == 16, at
    assert check_type in CHECK_TYPES, at
    assert severity in SEVERITY_RANK, at
    assert line is None or (type(line) is int and 1 <= line < 2**31), at
    assert list(cwes) == sorted(set(cwes)), at
    assert all(type(cwe) is int and 0 <= cwe < 2**15 for cwe in cwes), at
    assert isinstance(is_suppressed, bool), at
    check_text(rule_id, Finding, "rule_id", at)
    check_text(path, Finding, "path", at)
    check_text(message, Finding, "message", at)
    assert len(message) <= MESSAGE_CHARS, at


def check_text(text, model, field, at):
    """PostgreSQL stores it: UTF-8 without NUL, as long as the column."""
    text.encode()
    assert "\x00" not in text, at
    longest = model._meta.get_field(field).max_length
    assert longest is None or len(text) <= longest, at
