"""What a result says, as text; of a secret only what its rule says."""

import re
from collections.abc import Mapping

from scans.domain.formats.sarif_rules import ResolvedRule
from scans.domain.formats.sarif_structs import Scalar, Text
from scans.domain.text import as_text

# Beyond what is stored of a message; a short text may name a long argument thousands of times.
_TEXT_CHARS, _ARGUMENT_CHARS = 10_000, 1_000
_PLACEHOLDER = re.compile(r"\{(\d{1,3})\}")


def message_text(message: Text | None, rule: ResolvedRule, shared: Mapping[str, Text]) -> str:
    """Return a message (3.11): its text, the text its id stands for, its markdown, its rule's."""
    if message is None:
        return rule.summary or rule.name
    named = as_text(message.text) or _text_of_id(as_text(message.id), rule, shared)
    text = named or as_text(message.markdown)
    if not text.strip():
        return rule.summary or rule.name
    return _filled(text, message.arguments) if message.arguments else text


def _text_of_id(message_id: str, rule: ResolvedRule, shared: Mapping[str, Text]) -> str:
    own = rule.rule.message_strings or {}
    found = own.get(message_id) or shared.get(message_id)
    return as_text(found.text) or as_text(found.markdown) if found else ""


def _filled(text: str, arguments: list[Scalar]) -> str:
    """Put the arguments in the places of {0}, {1} ...; a place without one stays as it is."""

    def argument(match: re.Match[str]) -> str:
        index = int(match.group(1))
        if index >= len(arguments):
            return match.group()
        return str(arguments[index])[:_ARGUMENT_CHARS]

    return _PLACEHOLDER.sub(argument, text[:_TEXT_CHARS])


def secret_message(rule: ResolvedRule) -> str:
    """Return what is stored of a secret's message: nothing that a tool took from the file."""
    return rule.summary or f"Possible secret: {rule.name}"
