"""Model fields of our own."""

import logging
from collections.abc import Callable
from typing import Any

import msgspec
from django.db import models

logger = logging.getLogger(__name__)


def document_reader(struct: type[msgspec.Struct]) -> Callable[[str], Any]:
    """A decoder of stored JSON that takes a damaged document for none.

    One row that a person or a disk has spoilt must not take a page or a score down;
    `manage.py doctor` lists such rows.
    """
    decode = msgspec.json.Decoder(struct).decode

    def read(text: str) -> Any:
        try:
            return decode(text)
        except msgspec.DecodeError:  # without the text, which is a customer's
            logger.error("A stored %s cannot be read: see manage.py doctor.", struct.__name__)
            return None

    return read


class StructField(models.TextField[Any, Any]):
    """A msgspec struct, kept as JSON text and decoded straight into its type.

    Text and not jsonb: nothing looks into it in SQL, and PostgreSQL takes longer to write a jsonb
    document out than to find it.
    """

    def __init__(self, struct: type[msgspec.Struct] | None = None, **options: Any) -> None:
        # A migration's state clones the field without its struct.
        self._read = document_reader(struct or msgspec.Struct)
        super().__init__(**options)

    def deconstruct(self) -> Any:
        """To a migration it is text: migrations know nothing of the product's types."""
        name, _, arguments, options = super().deconstruct()
        return name, "django.db.models.TextField", arguments, options

    def from_db_value(self, value: str | None, *_: Any) -> Any:
        return None if value is None else self._read(value)

    def get_prep_value(self, value: Any) -> Any:
        return None if value is None else msgspec.json.encode(value).decode()

    def value_to_string(self, obj: models.Model) -> Any:
        return self.get_prep_value(self.value_from_object(obj))
