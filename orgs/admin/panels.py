"""Members and keys on an organization's page."""

from typing import Any

from django.db.models import Count
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from codestax.common.panels import Link, Panel, counted, moment
from orgs.domain.roles import Role
from orgs.models import ApiKey, Membership, Organization

MOST_ROWS = 50


def members_panel(request: HttpRequest, organization: Organization) -> Panel:
    rows = Membership.objects.of(organization)
    numbers = dict(rows.order_by().values_list("role").annotate(Count("pk")))
    newest = rows.select_related("user").order_by("-pk")[:MOST_ROWS]
    return Panel(
        title="Members",
        columns=("Email", "Role", "Last sign-in", "State", "Act"),
        rows=[_member_row(request, member) for member in newest],
        empty="Nobody is a member.",
        note=", ".join(counted(numbers[role], role) for role in reversed(Role) if role in numbers),
        more=_all("membership", organization, sum(numbers.values())),
    )


def keys_panel(request: HttpRequest, organization: Organization) -> Panel:
    rows = ApiKey.objects.of(organization)
    usable, total = rows.usable(timezone.now()).count(), rows.count()
    newest = rows.with_owner().order_by("-pk")[:MOST_ROWS]
    return Panel(
        title="API keys",
        columns=("Prefix", "Name", "Member", "Role", "Last used", "Expires", "State", "Act"),
        rows=[_key_row(request, key) for key in newest],
        empty="There is no key.",
        note=f"{usable:,} usable of {total:,}",
        more=_all("apikey", organization, total),
    )


def state_of_member(member: Membership) -> str:
    if member.has_come_in:
        return "Has signed in"
    return f"Invited {moment(member.invited_at)}" if member.invited_at else "Not signed in yet"


def state_of_key(key: ApiKey) -> str:
    if key.revoked_at is not None:
        return f"Deactivated {moment(key.revoked_at)}"
    ended = key.expires_at is not None and key.expires_at <= timezone.now()
    return "Expired" if ended else "Usable"


def can_be_invited(member: Membership) -> bool:
    return not member.has_come_in


def is_not_revoked(key: ApiKey) -> bool:
    return key.revoked_at is None


def _member_row(request: HttpRequest, member: Membership) -> tuple[Any, ...]:
    may = request.user.has_perm("orgs.resend_invitation") and can_be_invited(member)
    return (
        _link("membership", member.user.email, member.pk),
        member.get_role_display(),
        moment(member.user.last_login),
        state_of_member(member),
        _act("membership", "Resend invitation", member.pk, "invite") if may else "",
    )


def _key_row(request: HttpRequest, key: ApiKey) -> tuple[Any, ...]:
    may = request.user.has_perm("orgs.revoke_apikey") and is_not_revoked(key)
    return (
        _link("apikey", key.prefix, key.pk),
        key.name,
        key.membership.user.email,
        key.effective_role.capitalize(),
        moment(key.last_used_at),
        moment(key.expires_at),
        state_of_key(key),
        _act("apikey", "Deactivate", key.pk, "revoke") if may else "",
    )


def _link(model: str, text: str, pk: int) -> Link:
    return Link(text, reverse(f"admin:orgs_{model}_change", args=[pk]))


def _act(model: str, text: str, pk: int, name: str) -> Link:
    return Link(text, reverse(f"admin:orgs_{model}_act", args=[pk, name]))


def _all(model: str, organization: Organization, total: int) -> Link | None:
    if total <= MOST_ROWS:
        return None
    address = reverse(f"admin:orgs_{model}_changelist")
    return Link(f"All {total:,}", f"{address}?org__id__exact={organization.pk}")
