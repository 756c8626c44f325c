"""Every event has a code of its own, and docs/audit-log.md lists every code."""

import ast
import re
from itertools import product
from pathlib import Path

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.test import RequestFactory

from audit.domain.actions import ACTIONS, action_of
from audit.signals import _UPDATES_IGNORED, AUDITED_FIELDS
from codestax.common.admin import AuditedAdmin
from orgs.models import User

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/audit-log.md").read_text("utf-8")
CODE = re.compile(r"[A-Z]+(?:_[A-Z]+)+")
# What takes a name in capitals that is no code.
READERS = re.compile(r"env_\w+|\w+\.(?:get|META\.get|environ\.get)")
VERBS = ("created", "updated", "deleted")


def documented(heading):
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return re.findall(r"^(?:\||-) `([A-Z_]+)`", section, re.MULTILINE)


def codes_of(tree):
    """The codes that a file hands to a function, or gives to an act."""
    for node in ast.walk(tree):
        values = []
        if isinstance(node, ast.Call) and not READERS.fullmatch(ast.unparse(node.func)):
            values = node.args
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]).endswith(".action"):
            values = [node.value]
        for value in values:
            if isinstance(value, ast.Constant) and CODE.fullmatch(str(value.value)):
                yield value.value


def codes_of_acts():
    paths = [
        path
        for app in ("orgs", "scans", "compliance", "audit")
        for path in (ROOT / app).rglob("*.py")
    ]
    return {code for path in paths for code in codes_of(ast.parse(path.read_text("utf-8")))}


def codes_of_changes():
    """Those of a row that changes outside of any act, groups from their own side too."""
    found = set(product(AUDITED_FIELDS, VERBS)) | {(Group, "updated")}
    found -= set(product(_UPDATES_IGNORED, ["updated"]))
    changes = [(model._meta.label_lower, verb) for model, verb in found]
    return {action_of({"model": model, "verb": verb, "after": {}}) for model, verb in changes}


def codes_of_the_admin():
    """Those of the forms that support staff may use at the most."""
    request = RequestFactory().get("/admin/")
    request.user = User(email="root@acme.example", is_superuser=True, is_staff=True)
    return {
        page._code(verb)
        for model, page in admin.site._registry.items()
        # The forms of compliance call services, which name the act.
        if isinstance(page, AuditedAdmin) and model._meta.app_label != "compliance"
        for verb, may in (
            ("CREATED", page.has_add_permission(request)),
            ("UPDATED", page.has_change_permission(request)),
            ("DELETED", page.has_delete_permission(request)),
        )
        if may
    }


def test_the_table_of_codes_is_that_of_the_acts():
    assert sorted(documented("Action codes")) == sorted(ACTIONS)
    assert codes_of_acts() == set(ACTIONS)


def test_the_codes_of_other_changes_are_listed_too():
    others = documented("Codes of other changes")

    assert set(others) == (codes_of_changes() | codes_of_the_admin()) - set(ACTIONS)
    assert len(others) == len(set(others))


@pytest.mark.parametrize(
    "subject",
    ["SIGN_IN", "SIGN_IN_FAILED", "SIGN_OUT", "API_KEY_", "MEMBER_", "PLAN_", "AUDIT_LOG_"],
)
def test_each_kind_of_event_has_its_codes(subject):
    assert [code for code in ACTIONS if code.startswith(subject)]


@pytest.mark.parametrize("code", ["act('A_B', organization_id=1)", "this.action = 'A_B'"])
def test_the_rule_sees_a_code(code):
    assert list(codes_of(ast.parse(code))) == ["A_B"]


@pytest.mark.parametrize("code", ["env_int('A_B')", "request.META.get('A_B')", "x = 'A_B'"])
def test_the_rule_lets_other_names_be(code):
    assert list(codes_of(ast.parse(code))) == []
