"""Let msgspec learn the fields of every shape before there are threads."""

from collections.abc import Iterator
from typing import Any

import msgspec
from django.urls import get_resolver


def learn_shapes() -> None:
    """Learn all shapes of the modules that requests use; these are imported too.

    msgspec 0.22 learns a shape's fields when it is first decoded. Two threads that do so at once
    can end the process with a segmentation fault, and with it all of its requests.
    """
    _ = get_resolver().url_patterns
    for shape in _below(msgspec.Struct):
        msgspec.json.Decoder(shape)


def _below(shape: type[msgspec.Struct]) -> Iterator[Any]:
    for one in shape.__subclasses__():
        yield one
        yield from _below(one)
