"""Audited models are written one row at a time, so that each change sends its signals."""

import ast
import re
from pathlib import Path

import pytest
from django.apps import apps

from audit.models import AuditLogSaaS
from audit.signals import AUDITED_FIELDS

ROOT = Path(__file__).resolve().parents[2]
OUR_APPS = ("orgs", "scans", "compliance", "audit")
# (file, function) -> why no entry is missing.
ALLOWED = {
    ("orgs/querysets.py", "mark_used"): "When a key was last used is no change anybody asked for.",
    ("scans/services/commits.py", "_move_apart"): "The scans' order and facts stay as they are.",
}
# Where entries are appended; every other way to write one goes through it.
APPENDS = "audit/ends.py"
BULK_WRITES = {
    "bulk_create",
    "abulk_create",
    "bulk_update",
    "abulk_update",
    "aupdate",
    "update_batch",
    "_update",
    "_insert",
    "_raw_delete",
}
AUDITED_TABLES = sorted(model._meta.db_table for model in (*AUDITED_FIELDS, AuditLogSaaS))
RAW_WRITE = re.compile(
    rf"\b(?:UPDATE|DELETE\s+FROM|INSERT\s+INTO|COPY|TRUNCATE)\s+(?:ONLY\s+)?\"?"
    rf"(?:{'|'.join(AUDITED_TABLES)})\b",
    re.IGNORECASE,
)
SECRET_NAMES = {"password", "secret", "token", "refresh", "access", "digest", "text"}


def our_models():
    return {model for app in OUR_APPS for model in apps.get_app_config(app).get_models()}


def harmless_names():
    """How code names the rows that are not audited: their classes and their related managers."""
    plain = our_models() - AUDITED_FIELDS.keys() - {AuditLogSaaS}
    related = {
        field.remote_field.related_name
        for model in plain
        for field in model._meta.get_fields()
        if field.is_relation and field.concrete
    }
    return {model.__name__ for model in plain} | related - {None, "+"}


def python_files():
    for folder in ("codestax", *OUR_APPS):
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text("utf-8"))


def functions_of(tree):
    kinds = ast.FunctionDef | ast.AsyncFunctionDef
    return [node for node in ast.walk(tree) if isinstance(node, kinds)]


def is_bulk_write(call):
    """Whether a call looks like a bulk write; `update()` of a dict takes no keywords here."""
    if not isinstance(call.func, ast.Attribute):
        return False
    if call.func.attr in BULK_WRITES:
        return True
    of_metadata = ast.unparse(call.func.value).endswith(".metadata")
    return call.func.attr == "update" and bool(call.keywords) and not of_metadata


def bulk_writes(tree, harmless):
    """(function, line, code) of each bulk write that is not known to spare the audited models."""
    for function in functions_of(tree):
        for call in ast.walk(function):
            if not isinstance(call, ast.Call) or not is_bulk_write(call):
                continue
            names = set(re.findall(r"\w+", ast.unparse(call.func)))
            if names.isdisjoint(harmless):
                yield function.name, call.lineno, ast.unparse(call)


def found_bulk_writes():
    harmless = harmless_names()
    return {
        (path, function): f"{path}:{line} {code}"
        for path, tree in python_files()
        for function, line, code in bulk_writes(tree, harmless)
    }


def test_no_audited_model_is_written_in_bulk():
    offending = [text for place, text in found_bulk_writes().items() if place not in ALLOWED]

    assert offending == [], (
        "update() and bulk_*() send no signals, so the audit log misses the change: save each row, "
        "or add the place to ALLOWED with the reason."
    )


def test_every_exception_to_the_rule_is_still_needed():
    assert ALLOWED.keys() <= found_bulk_writes().keys()


def test_no_audited_table_is_written_by_raw_sql():
    offending = [
        f"{path}:{node.lineno}"
        for path, tree in python_files()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and path != APPENDS
        if RAW_WRITE.search(node.value)
    ]

    assert offending == []


def test_s27_no_act_is_described_by_a_secret():
    offending = [
        f"{path}:{call.lineno} {keyword.arg}"
        for path, tree in python_files()
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and ast.unparse(call.func) in {"act", "this.metadata.update"}
        for keyword in call.keywords
        if keyword.arg in SECRET_NAMES
    ]

    assert offending == []


@pytest.mark.parametrize(
    "code",
    [
        "Repository.objects.of(org).update(name='x')",
        "Repository.objects.bulk_create(rows)",
        "organization.repositories.filter(pk=1).update(name='x')",
        "rows.bulk_update(found, ['name'])",
        "rows.update(name='x')",
        "self.filter(pk=1).update(name='x')",
        "Repository.objects.update(**values)",
    ],
)
def test_the_rule_sees_a_bulk_write(code):
    tree = ast.parse(f"def write():\n    {code}")

    assert [function for function, _, _ in bulk_writes(tree, harmless_names())] == ["write"]


@pytest.mark.parametrize(
    "code",
    [
        "this.metadata.update(key='x')",
        "digest.update(data)",
        "states.update({'a': 1})",
        "Finding.objects.bulk_create(rows)",
        "user.sign_ins.filter(revoked_at=None).update(revoked_at=now)",
    ],
)
def test_the_rule_lets_other_code_be(code):
    tree = ast.parse(f"def write():\n    {code}")

    assert list(bulk_writes(tree, harmless_names())) == []


def test_the_rule_sees_raw_sql():
    assert RAW_WRITE.search("update scans_repository set name = ''")
    assert not RAW_WRITE.search("UPDATE scans_finding SET closed_scan_id = 1")
