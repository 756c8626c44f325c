"""JSON out: one encoder for dicts, dataclasses and msgspec structs."""

import json
from typing import Any

import msgspec
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer


def _encode_other(value: Any) -> Any:
    """Lists and dicts of Django's and DRF's own types."""
    if isinstance(value, dict):
        return dict(value)
    if hasattr(value, "__iter__"):
        return list(value)
    return str(value)


class JSONRenderer(BaseRenderer):
    media_type = "application/json"
    format = "json"
    charset = None
    _encoder = msgspec.json.Encoder(enc_hook=_encode_other)

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None
    ) -> bytes:
        if data is None:
            return b""
        try:
            return self._encoder.encode(data)
        except UnicodeEncodeError:
            # A refusal that repeats half of a surrogate pair, which UTF-8 has no bytes for.
            text = json.dumps(data, default=_encode_other, ensure_ascii=False)
            return text.encode(errors="replace")


class OneRenderer(DefaultContentNegotiation):
    """A view has one renderer: whatever a client accepts, that is what there is."""

    def select_renderer(
        self, request: Any, renderers: Any, format_suffix: str | None = None
    ) -> tuple[Any, str]:
        return renderers[0], renderers[0].media_type
