"""What every API view shares: the error format, keyset paging, path converters."""

from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.core.exceptions import ValidationError as DjangoValidationError
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.status import HTTP_401_UNAUTHORIZED
from rest_framework.views import exception_handler as drf_exception_handler
from rest_framework.views import set_rollback

from codestax.common.errors import DomainError

FieldErrors = list[tuple[str, str]]


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Answer every expected error as `{"detail": …}`, with `errors` beside it by field.

    Anything else is a fault of ours and goes on to the server's error answer.
    """
    if isinstance(exc, DomainError) and exc.status == HTTP_401_UNAUTHORIZED:
        exc = _challenged(exc, context)
    if isinstance(exc, DomainError):
        set_rollback()
        return Response(_domain_body(exc), status=exc.status)
    if isinstance(exc, DjangoValidationError):
        exc = exceptions.ValidationError(_django_messages(exc))
    if isinstance(exc, Http404 | PermissionDenied):
        exc = exceptions.NotFound() if isinstance(exc, Http404) else exceptions.PermissionDenied()
    response = drf_exception_handler(exc, context)
    if response is not None:
        response.data = _drf_body(exc, response.data)
    return response


def validation_body(errors: FieldErrors) -> dict[str, Any]:
    """One sentence that names the first field, and all of them in `errors`."""
    field, message = errors[0]
    return {
        "detail": f"{field}: {message}" if field else message,
        "errors": [{"field": name, "message": text} for name, text in errors],
    }


def _domain_body(exc: DomainError) -> dict[str, Any]:
    body: dict[str, Any] = {"detail": exc.detail}
    errors: FieldErrors = getattr(exc, "errors", None) or (
        [(exc.field, exc.message)] if exc.field else []
    )
    if errors:
        body["errors"] = [{"field": name, "message": text} for name, text in errors]
    return body


def _challenged(exc: DomainError, context: dict[str, Any]) -> Exception:
    """As DRF's own refusal, with the WWW-Authenticate that every 401 has (RFC 9110, 11.6.1).

    The view knows which. No field is named: what was sent is a credential.
    """
    refused: Any = exceptions.AuthenticationFailed(exc.message)
    refused.auth_header = context["view"].get_authenticate_header(context["request"])
    return cast("Exception", refused)


def _drf_body(exc: Exception, data: Any) -> dict[str, Any]:
    if isinstance(exc, exceptions.ValidationError):
        return validation_body(list(_flatten(data)) or [("", "The request is not valid.")])
    if isinstance(data, dict) and "detail" in data:
        return {"detail": str(data["detail"])}
    return {"detail": str(getattr(exc, "detail", exc))}


def _flatten(data: Any, path: str = "") -> Any:
    """(path, message) pairs of DRF's nested errors, in order."""
    if isinstance(data, dict):
        for key, value in data.items():
            name = "" if key == "non_field_errors" else str(key)
            yield from _flatten(value, f"{path}.{name}".strip(".") if name else path)
    elif isinstance(data, list):
        for index, value in enumerate(data):
            deeper = isinstance(value, dict | list)
            yield from _flatten(value, f"{path}[{index}]" if deeper else path)
    else:
        yield path, str(data)


def _django_messages(exc: DjangoValidationError) -> dict[str, list[str]]:
    if hasattr(exc, "error_dict"):
        return {
            "non_field_errors" if name == "__all__" else name: messages
            for name, messages in exc.message_dict.items()
        }
    return {"non_field_errors": list(exc.messages)}


def filtered(filter_class: type[Any], request: Any, queryset: Any) -> Any:
    """Apply a FilterSet to the query's parameters; a bad value is a 400 that names its field."""
    if filter_class.base_filters.keys().isdisjoint(request.query_params):
        return queryset  # the forms behind a FilterSet cost more than the page itself
    filters = filter_class(request.query_params, queryset=queryset)
    if not filters.is_valid():
        raise exceptions.ValidationError(filters.errors)
    return filters.qs
