"""What several views of this app answer alike."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response


def valid(serializer: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    """The body as `serializer` reads it; ValidationError names the fields."""
    data = serializer(data=request.data)
    data.is_valid(raise_exception=True)
    return dict(data.validated_data)


def secret(data: dict[str, Any], *, status: int = 200) -> Response:
    """An answer that holds a secret: nothing on the way may keep it."""
    return Response(data, status=status, headers={"Cache-Control": "no-store"})
