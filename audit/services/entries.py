"""Writing entries: one for each act, and one for each change that happens outside of any."""

from typing import Any

from django.http import HttpRequest

from audit.domain.actions import action_of
from audit.domain.metadata import entry_metadata, one_line
from audit.models import AuditLogSaaS
from codestax.common.acts import Act, act
from codestax.common.context import client_ip, current_request, user_agent
from codestax.common.tenancy import narrowed_to
from orgs.models import Organization

SYSTEM = "system"
ANONYMOUS = "anonymous"
_EMAIL_CHARS = 254


def record_act(act: Act, changes: list[dict[str, Any]]) -> AuditLogSaaS:
    """Write the act's one entry; `changes` are those of its changes that still stand."""
    request = current_request.get()
    described = act.metadata | _credential(request)
    shown = [_without_org(change) for change in changes]
    return AuditLogSaaS.objects.create(
        org=act.organization_id or _only_organization(changes),
        action=act.action,
        actor_email=one_line(act.actor_email or _actor(request), _EMAIL_CHARS),
        ip=client_ip(request) if request else None,
        user_agent=user_agent(request) if request else "",
        metadata=entry_metadata(described, shown),
    )


def record_change(change: dict[str, Any]) -> AuditLogSaaS:
    """Write the entry of a change that no act names: a shell, a command, the admin's own forms."""
    with narrowed_to(change["org_id"]):
        return record_act(Act(action_of(change), change["org_id"]), [change])


def record_export(*, organization: Organization, form: str, filters: dict[str, str]) -> None:
    """Write that the log left the product: in which form, and which part of it."""
    with act("AUDIT_LOG_EXPORTED", organization_id=organization.pk, format=form, filters=filters):
        pass


def _actor(request: HttpRequest | None) -> str:
    if request is None:
        return SYSTEM
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return ANONYMOUS
    return str(user.email)


def _credential(request: HttpRequest | None) -> dict[str, str]:
    """By which key, or through the admin."""
    if request is None:
        return {}
    key = getattr(getattr(request, "auth", None), "key", None)
    found = {} if key is None else {"api_key": key.prefix}
    return found | ({"via": "admin"} if request.path_info.startswith("/admin/") else {})


def _only_organization(changes: list[dict[str, Any]]) -> int | None:
    """The organization that all changed rows belong to; None where there are several."""
    found = {change["org_id"] for change in changes} - {None}
    return found.pop() if len(found) == 1 else None


def _without_org(change: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in change.items() if name != "org_id"}
