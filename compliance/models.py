"""What an organization has decided about compliance, and each state that it has been in."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from codestax.common.querysets import TenantQuerySet
from compliance.querysets import PolicyVersionQuerySet
from orgs.models import Organization


class FrameworkSelection(models.Model):
    """The enabled frameworks: None is every one that the plan permits, [] is none at all."""

    org = models.OneToOneField(Organization, models.CASCADE, related_name="framework_selection")
    keys = ArrayField(models.CharField(max_length=64), null=True, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["org"]

    def __str__(self) -> str:
        return "all frameworks" if self.keys is None else ", ".join(self.keys)


class ControlSelection(models.Model):
    """The controls of one framework that the organization marked Not Applicable."""

    org = models.ForeignKey(Organization, models.CASCADE, related_name="control_selections")
    framework_key = models.CharField(max_length=64)
    disabled = ArrayField(models.CharField(max_length=64), default=list, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["org", "framework_key"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["org", "framework_key"], name="compliance_controlselection_unique"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.framework_key}: {len(self.disabled)} not applicable"


class CustomFramework(models.Model):
    """A framework of the organization's own.

    `controls` is a list of {id, name, category, description, check_type, pass_condition}, checked
    and completed by compliance.domain.custom_frameworks.
    """

    org = models.ForeignKey(Organization, models.CASCADE, related_name="custom_frameworks")
    key = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True, default="")
    controls = models.JSONField(default=list)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["name", "key"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["org", "key"],
                name="compliance_customframework_unique_key",
                violation_error_message="A custom framework with this key exists already.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PolicyVersion(models.Model):
    """The organization's whole policy from one moment on; rows are only ever added.

    `document` is a compliance.domain.policy.Policy. The newest row is the policy in force.
    """

    org = models.ForeignKey(Organization, models.CASCADE, related_name="policy_versions")
    document = models.JSONField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = PolicyVersionQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [models.Index(fields=["org", "-id"], name="compliance_policy_newest")]

    def __str__(self) -> str:
        return f"Policy {self.pk}"
