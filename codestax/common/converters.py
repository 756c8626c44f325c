"""Path converters of the API."""

from django.urls import register_converter


class IdConverter:
    """A row's id: ASCII digits only, and few enough for a bigint.

    Anything else matches no route, so that a hostile id never reaches a query.
    """

    regex = "[0-9]{1,18}"

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: int) -> str:
        return str(value)


register_converter(IdConverter, "id")
