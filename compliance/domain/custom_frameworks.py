"""Custom frameworks: what an organization sends, checked as a whole before it is stored."""

import re
from typing import Any

from codestax.common.errors import DomainError
from compliance.domain.catalog import ALTERNATE_KEYS, BUILTIN_KEYS
from compliance.domain.conditions import (
    canonical_condition,
    default_condition,
    parse_condition,
    require_check_type,
)
from compliance.domain.policy import CustomControl, CustomFramework

MAX_CONTROLS = 500
MAX_ID = 64
MAX_NAME = 200
MAX_CATEGORY = 100
MAX_DESCRIPTION = 2_000
DEFAULT_CATEGORY = "General"

_KEY = re.compile(r"[a-z][a-z0-9_-]{1,63}")
# PostgreSQL stores no NUL, and a lone surrogate is no text in UTF-8.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class InvalidFrameworkError(DomainError):
    """The framework breaks rules; `errors` has all of them as (field, sentence)."""

    def __init__(self, errors: list[tuple[str, str]]) -> None:
        field, message = errors[0]
        super().__init__(f"{field}: {message}", field=field)
        self.errors = errors


def check_custom_framework(key: Any, name: Any, description: Any, controls: Any) -> CustomFramework:
    """Return the framework in its stored form, from plain JSON values of any type.

    Text is stripped; what is optional and left out (or null) gets its default, and pass
    conditions become canonical. Raises InvalidFrameworkError with every fault at once.
    """
    check = _Check()
    framework = CustomFramework(
        key=check.key(key),
        name=check.text("name", name, MAX_NAME),
        description=check.text("description", description, MAX_DESCRIPTION, default=""),
        controls=check.controls(controls),
    )
    if check.errors:
        raise InvalidFrameworkError(check.errors)
    return framework


def has_known_rules(framework: CustomFramework) -> bool:
    """Whether every control of a stored framework can be measured.

    False only for rows that no service wrote, or that a release wrote with rules of its own.
    """
    try:
        for control in framework.controls:
            parse_condition(control.pass_condition, control.check_type)
    except DomainError:
        return False
    return True


class _Check:
    """Collects faults; a value at fault is replaced by an empty one and never returned."""

    def __init__(self) -> None:
        self.errors: list[tuple[str, str]] = []

    def fault(self, field: str, message: str) -> str:
        self.errors.append((field, message))
        return ""

    def key(self, value: Any) -> str:
        if not isinstance(value, str) or not _KEY.fullmatch(value):
            return self.fault(
                "key",
                "A key is 2 to 64 lower-case letters, digits, underscores or hyphens "
                "and starts with a letter.",
            )
        if value in BUILTIN_KEYS or value in ALTERNATE_KEYS:
            return self.fault("key", f"{value} is a built-in framework; choose another key.")
        return value

    def text(self, field: str, value: Any, limit: int, *, default: str | None = None) -> str:
        """Check one text. Without a default it is required; empty is only a default of ""."""
        if value is None and default is not None:
            return default
        if not isinstance(value, str):
            return self.fault(
                field,
                "This field is required and must be a text."
                if value is None
                else "This must be a text.",
            )
        text = value.strip()
        if not text and default != "":
            return self.fault(field, "This must not be empty.")
        if len(text) > limit:
            return self.fault(field, f"This must have at most {limit} characters.")
        if _UNSTORABLE.search(text):
            return self.fault(field, "This must not contain NUL or unpaired surrogates.")
        return text

    def controls(self, value: Any) -> tuple[CustomControl, ...]:
        if not isinstance(value, list) or not 1 <= len(value) <= MAX_CONTROLS:
            self.fault("controls", f"This must be a list of 1 to {MAX_CONTROLS} controls.")
            return ()
        first_uses: dict[str, int] = {}
        checked = []
        for index, entry in enumerate(value):
            field = f"controls[{index}]"
            if not isinstance(entry, dict):
                self.fault(field, "A control must be an object.")
                continue
            control = self.control(field, entry)
            first = first_uses.setdefault(control.id, index)
            if control.id and first != index:
                self.fault(f"{field}.id", f"This repeats the id of controls[{first}].")
            checked.append(control)
        return tuple(checked)

    def control(self, field: str, entry: dict[str, Any]) -> CustomControl:
        texts = {
            "id": self.text(f"{field}.id", entry.get("id"), MAX_ID),
            "name": self.text(f"{field}.name", entry.get("name"), MAX_NAME),
            "category": self.text(
                f"{field}.category", entry.get("category"), MAX_CATEGORY, default=DEFAULT_CATEGORY
            ),
            "description": self.text(
                f"{field}.description", entry.get("description"), MAX_DESCRIPTION, default=""
            ),
        }
        check_type, pass_condition = self.rule(field, entry)
        return CustomControl(**texts, check_type=check_type, pass_condition=pass_condition)

    def rule(self, field: str, entry: dict[str, Any]) -> tuple[str, str]:
        """Check the check type and the pass condition, which depends on it."""
        check_type = self.text(f"{field}.check_type", entry.get("check_type"), MAX_NAME)
        if not check_type:
            return "", ""
        try:
            check_type = require_check_type(check_type)
            condition = entry.get("pass_condition")
            if condition is None:
                return check_type, default_condition(check_type)
            condition = condition.strip() if isinstance(condition, str) else condition
            return check_type, canonical_condition(condition, check_type)
        except DomainError as error:
            self.fault(f"{field}.{error.field}", error.message)
            return "", ""
