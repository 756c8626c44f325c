"""Keep a version of the policy for every plan that an organization has had."""

from collections.abc import Collection
from typing import Any

from django.db.models.signals import post_save

from compliance.models import PolicyVersion
from compliance.services import record_policy
from orgs.models import Organization


def connect() -> None:
    post_save.connect(_record_plan, sender=Organization, dispatch_uid="compliance.record_plan")


def _record_plan(
    instance: Organization,
    created: bool,
    raw: bool,
    update_fields: Collection[str] | None,
    **_: Any,
) -> None:
    """Write the first policy of an organization, and a new one when its plan changes.

    Rows that are loaded as they are (`raw`) bring their versions with them.
    """
    if raw or (update_fields is not None and "plan" not in update_fields):
        return
    if created or _recorded_plan(instance) != instance.plan:
        record_policy(instance)


def _recorded_plan(organization: Organization) -> str | None:
    versions = PolicyVersion.objects.of(organization).newest_first()
    plan: str | None = versions.values_list("document__plan", flat=True).first()
    return plan
