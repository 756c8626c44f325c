"""Shapes of the compliance API: what comes in is checked by them, what goes out is described."""

from typing import Any, ClassVar

from rest_framework import serializers

from compliance.api.fields import DigitsField, TextField, TextListField
from compliance.domain.assessment import NOT_ASSESSED
from compliance.domain.recommendations import LEVELS
from orgs.domain.plans import Plan
from scans.domain.findings import CheckType, Severity

MAX_KEYS = 200
MAX_DISABLED = 500
MAX_DAYS = 730
DEFAULT_DAYS = 90

# The settings name the schema's enumerations by these lists.
PLANS = [plan.value for plan in Plan]
CHECK_TYPES = [check_type.value for check_type in CheckType]
SEVERITIES = [severity.value for severity in Severity]


class EnabledFrameworksIn(serializers.Serializer[Any]):
    keys = TextListField(max_length=MAX_KEYS, allow_null=True)


class DisabledControlsIn(serializers.Serializer[Any]):
    disabled = TextListField(max_length=MAX_DISABLED)


class ControlsQuery(serializers.Serializer[Any]):
    repo_id = DigitsField(
        required=False, help_text="Refines the recommendations with its latest scan."
    )


class ScoreQuery(serializers.Serializer[Any]):
    framework = TextField(required=False, max_length=64, help_text="Speak of this one alone.")
    branch = TextField(
        required=False, max_length=255, help_text="Default: the repository's default branch."
    )


class TrendQuery(ScoreQuery):
    days = DigitsField(
        default=DEFAULT_DAYS,
        min_value=1,
        max_value=MAX_DAYS,
        help_text="The window up to now, in days.",
    )


class LegacyFrameworkOut(serializers.Serializer[Any]):
    key = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField()
    control_count = serializers.IntegerField()
    custom = serializers.BooleanField()


class AvailableFrameworkOut(LegacyFrameworkOut):
    enabled = serializers.BooleanField()
    requires_plan = serializers.ChoiceField(PLANS, allow_null=True)
    plan_locked = serializers.BooleanField()


class FrameworksOut(serializers.Serializer[Any]):
    available = AvailableFrameworkOut(many=True)
    enabled_keys = serializers.ListField(child=serializers.CharField(), allow_null=True)
    default_all_enabled = serializers.BooleanField()
    frameworks = LegacyFrameworkOut(many=True)


class EnabledFrameworksOut(serializers.Serializer[Any]):
    message = serializers.CharField()
    enabled_keys = serializers.ListField(child=serializers.CharField(), allow_null=True)
    default_all_enabled = serializers.BooleanField()


class PlanUpgradeDetailOut(serializers.Serializer[Any]):
    error = serializers.CharField()
    message = serializers.CharField()
    framework_key = serializers.CharField()
    current_plan = serializers.ChoiceField(PLANS)
    required_plan = serializers.ChoiceField(PLANS)


class PlanUpgradeOut(serializers.Serializer[Any]):
    detail = PlanUpgradeDetailOut()


class _ControlOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    category = serializers.CharField()
    check_type = serializers.ChoiceField(CHECK_TYPES)


class ControlOut(_ControlOut):
    description = serializers.CharField()
    disabled = serializers.BooleanField()
    recommendation = serializers.ChoiceField(LEVELS)
    recommendation_reason = serializers.CharField()


class FrameworkControlsOut(serializers.Serializer[Any]):
    framework_key = serializers.CharField()
    framework_name = serializers.CharField()
    custom = serializers.BooleanField()
    controls = ControlOut(many=True)
    disabled_count = serializers.IntegerField()


class DisabledControlsOut(serializers.Serializer[Any]):
    message = serializers.CharField()
    framework_key = serializers.CharField()
    disabled = serializers.ListField(child=serializers.CharField())


class CustomControlIn(serializers.Serializer[Any]):
    id = serializers.CharField(max_length=64)
    name = serializers.CharField(max_length=200)
    category = serializers.CharField(max_length=100, default="General")
    description = serializers.CharField(max_length=2000, default="", allow_blank=True)
    check_type = serializers.ChoiceField(CHECK_TYPES)
    pass_condition = serializers.CharField(
        max_length=64, required=False, help_text="Default: by check type."
    )


# Describes the body; compliance.domain.custom_frameworks checks it.
class CustomFrameworkIn(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=200)
    key = serializers.RegexField("^[a-z][a-z0-9_-]{1,63}$")
    description = serializers.CharField(max_length=2000, default="", allow_blank=True)
    controls = serializers.ListField(child=CustomControlIn(), min_length=1, max_length=500)


class CustomControlOut(_ControlOut):
    description = serializers.CharField()
    pass_condition = serializers.CharField()


class CustomFrameworkOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    key = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField()
    controls = CustomControlOut(many=True)
    created_at = serializers.DateTimeField()


class CustomFrameworksOut(serializers.Serializer[Any]):
    frameworks = CustomFrameworkOut(many=True)


class SavedFrameworkOut(serializers.Serializer[Any]):
    message = serializers.CharField()
    key = serializers.CharField()
    name = serializers.CharField()


class ControlScoreOut(_ControlOut):
    pass_condition = serializers.CharField()
    status = serializers.ChoiceField(["pass", "partial", "fail"])
    credit = serializers.IntegerField(min_value=0, max_value=100)
    evidence = serializers.ChoiceField(["assessed", "incomplete", "missing"])
    reason = serializers.CharField()
    findings = serializers.IntegerField()


class _CountsOut(serializers.Serializer[Any]):
    # Whole numbers by name: `pass`, `partial` and `fail` cannot be attributes here.
    counts: ClassVar[tuple[str, ...]] = ("score", "pass", "partial", "fail", "total")

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        counts = {name: serializers.IntegerField(min_value=0) for name in self.counts}
        return {**super().get_fields(), **counts}


class FrameworkScoreOut(_CountsOut):
    counts = (*_CountsOut.counts, "coverage")

    name = serializers.CharField()
    controls = ControlScoreOut(many=True)


class RiskAreaOut(_CountsOut):
    counts = ("failing", "partial", "findings")

    area = serializers.CharField()
    check_type = serializers.ChoiceField(CHECK_TYPES)
    worst_severity = serializers.ChoiceField(SEVERITIES, allow_null=True)
    controls = serializers.ListField(child=serializers.CharField())


class ExecutiveSummaryOut(_CountsOut):
    counts = ("overall_score", "total_controls", "passing", "partial", "failing", "coverage")

    posture = serializers.ChoiceField(
        ["Strong", "Good", "Moderate", "Weak", "Critical", NOT_ASSESSED]
    )
    risk_areas = RiskAreaOut(many=True)
    recommendation = serializers.CharField()


# By which formula and which catalog a score was made.
class _VersionsOut(serializers.Serializer[Any]):
    formula_version = serializers.CharField()
    catalog_version = serializers.CharField()


class ScoreOut(_VersionsOut):
    repo_id = serializers.IntegerField()
    repo_name = serializers.CharField()
    evaluated_at = serializers.DateTimeField()
    last_scan = serializers.CharField(allow_null=True)
    total_issues = serializers.IntegerField()
    executive_summary = ExecutiveSummaryOut()
    frameworks = serializers.DictField(child=FrameworkScoreOut())


class TrendPointOut(_CountsOut):
    scan_id = serializers.IntegerField()
    scanned_at = serializers.DateTimeField()
    commit = serializers.CharField(allow_null=True)


class TrendOut(_VersionsOut):
    repo_id = serializers.IntegerField()
    repo_name = serializers.CharField()
    framework = serializers.CharField(allow_null=True)
    days = serializers.IntegerField()
    points = TrendPointOut(many=True)
