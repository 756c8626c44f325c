"""Input fields that take what they name and nothing that looks like it."""

import re
from typing import Any

from rest_framework import serializers

# Longer than any id; Python refuses to read endless digits.
_DIGITS = re.compile("[0-9]{1,20}")


class TextField(serializers.CharField):
    """A JSON string as it was sent: not a number, not trimmed, no NUL, no lone surrogate."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(trim_whitespace=False, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return str(super().to_internal_value(data))


class TextListField(serializers.ListField):
    """A list of short strings, refused by its length before any string is looked at."""

    child = TextField(max_length=64)

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, list) and self.max_length is not None and len(data) > self.max_length:
            self.fail_too_long(self.max_length)
        return super().to_internal_value(data)

    def fail_too_long(self, most: int) -> None:
        raise serializers.ValidationError(f"This list may have at most {most} entries.")


class DigitsField(serializers.IntegerField):
    """A whole number in a query: ASCII digits, no sign, no other script's digits."""

    default_error_messages = {"invalid": "This must be a whole number."}

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, str) or not _DIGITS.fullmatch(data):
            self.fail("invalid")
        return int(data)
