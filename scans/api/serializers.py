"""Shapes of repositories, scans and findings, in and out."""

from typing import Any

from rest_framework import serializers

from scans.domain.findings import LICENCE, CheckType, Severity
from scans.domain.progress import progress
from scans.models import Repository, Scan, Upload

FINDING_CHECK_TYPES = [
    *(
        check.value
        for check in CheckType
        if check not in (CheckType.SCAN_RECENCY, CheckType.QUALITY_GATES, CheckType.PR_REVIEWS)
    ),
    LICENCE,
]
_MOST = 2_147_483_647


class LanguagesField(serializers.ListField):
    """Up to 50 names; in a query or a form also comma-separated in one value."""

    child = serializers.CharField(max_length=50)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=50, **kwargs)

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, list) and len(data) == 1 and isinstance(data[0], str):
            data = [part.strip() for part in data[0].split(",") if part.strip()]
        return super().to_internal_value(data)


class RepositoryOut(serializers.ModelSerializer[Repository]):
    class Meta:
        model = Repository
        fields = ["id", "name", "default_branch", "languages", "created_at"]


class RepositoryCreateIn(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=200)
    default_branch = serializers.CharField(max_length=255, required=False)
    languages = LanguagesField(required=False)


class RepositoryUpdateIn(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=200, required=False)
    default_branch = serializers.CharField(max_length=255, required=False)
    languages = LanguagesField(required=False)


class ScanUploadIn(serializers.Serializer[Any]):
    """What may stand beside the reports, in the query or as form fields."""

    commit = serializers.RegexField(
        r"^[0-9A-Za-z._-]{1,64}$",
        required=False,
        error_messages={"invalid": "A commit is 1 to 64 letters, digits, dots, dashes."},
    )
    branch = serializers.CharField(max_length=255, required=False)
    committed_at = serializers.DateTimeField(
        required=False,
        help_text="When the commit was made: a report that comes late is put in its order.",
    )
    format = serializers.CharField(
        max_length=30,
        required=False,
        help_text="The report's format, needed where a clean report does not show it: gitleaks.",
    )
    covers = serializers.MultipleChoiceField(
        choices=[name for name in FINDING_CHECK_TYPES if name != LICENCE],
        required=False,
        help_text=(
            "What a scanner of many kinds (Trivy, Checkov) or an unknown one was told to look "
            "for: a clean report of it does not say."
        ),
    )
    quality_gate = serializers.ChoiceField(Scan.Gate.choices, required=False)
    pull_requests_merged = serializers.IntegerField(min_value=0, max_value=_MOST, required=False)
    pull_requests_reviewed = serializers.IntegerField(min_value=0, max_value=_MOST, required=False)
    lines_of_code = serializers.IntegerField(min_value=0, max_value=_MOST, required=False)
    languages = LanguagesField(required=False)
    nothing_to_check = serializers.MultipleChoiceField(
        choices=[CheckType.IAC_ISSUES.value, CheckType.SCA_VULNS.value], required=False
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        merged, reviewed = (
            attrs.get("pull_requests_merged"),
            attrs.get("pull_requests_reviewed"),
        )
        if (merged is None) != (reviewed is None):
            raise serializers.ValidationError(
                {"pull_requests_merged": "Send it together with pull_requests_reviewed."}
            )
        if merged is not None and reviewed is not None and reviewed > merged:
            raise serializers.ValidationError(
                {"pull_requests_reviewed": "It cannot be more than pull_requests_merged."}
            )
        return attrs


class BranchQuery(serializers.Serializer[Any]):
    branch = serializers.CharField(
        max_length=255,
        required=False,
        allow_blank=True,
        help_text="Default: the repository's default branch.",
    )


class ToolOut(serializers.Serializer[Any]):
    name = serializers.CharField()
    version = serializers.CharField()
    category = serializers.CharField()
    status = serializers.ChoiceField(["complete", "incomplete"])
    check_types = serializers.ListField(child=serializers.CharField())


class CountsOut(serializers.Serializer[Any]):
    results = serializers.IntegerField()
    opened = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    closed = serializers.IntegerField()
    duplicates = serializers.IntegerField()
    suppressed = serializers.IntegerField()
    ignored = serializers.DictField(child=serializers.IntegerField())


class ScanOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    repo_id = serializers.IntegerField()
    branch = serializers.CharField()
    commit = serializers.CharField(allow_null=True)
    status = serializers.ChoiceField(Upload.Status.choices)
    failure = serializers.CharField(required=False, help_text="Why it failed, only then.")
    created_at = serializers.DateTimeField()
    completed_at = serializers.DateTimeField(allow_null=True)
    tools = ToolOut(many=True)
    counts = CountsOut()


class FindingOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    repo_id = serializers.IntegerField()
    branch = serializers.CharField()
    tool = serializers.CharField()
    category = serializers.CharField()
    check_type = serializers.ChoiceField(FINDING_CHECK_TYPES)
    severity = serializers.ChoiceField([severity.value for severity in Severity])
    rule_id = serializers.CharField()
    path = serializers.CharField()
    line = serializers.IntegerField(allow_null=True)
    message = serializers.CharField()
    cwes = serializers.ListField(child=serializers.IntegerField())
    suppressed = serializers.BooleanField()
    fingerprint = serializers.CharField()
    first_seen = serializers.DateTimeField()
    opened_scan_id = serializers.IntegerField()
    closed_scan_id = serializers.IntegerField(allow_null=True)


COUNTS = ("results", "opened", "unchanged", "closed", "duplicates", "suppressed")


def scan_out(scan: Scan) -> dict[str, Any]:
    """Shape of ScanOut. Reads `scan.analyses` and `scan.uploads`: prefetch them for lists."""
    status, failure = progress(scan.uploads.all())
    analyses = sorted(scan.analyses.all(), key=lambda one: (one.tool, one.category))
    ignored: dict[str, int] = {}
    for analysis in analyses:
        for reason, count in analysis.counts["ignored"].items():
            ignored[reason] = ignored.get(reason, 0) + count
    return {
        "id": scan.pk,
        "repo_id": scan.repository_id,
        "branch": scan.branch,
        "commit": scan.commit or None,
        "status": status,
        "created_at": scan.created_at,
        "completed_at": scan.completed_at,
        "tools": [
            {
                "name": analysis.tool,
                "version": analysis.version,
                "category": analysis.category,
                "status": "complete" if analysis.is_complete else "incomplete",
                "check_types": analysis.check_types,
            }
            for analysis in analyses
        ],
        "counts": {name: sum(one.counts[name] for one in analyses) for name in COUNTS}
        | {"ignored": ignored},
        **({"failure": failure} if failure else {}),
    }


# What finding_out() reads: one query, no model objects.
FINDING_COLUMNS = (
    "pk",
    "repository_id",
    "branch",
    "tool",
    "category",
    "check_type",
    "severity",
    "rule_id",
    "path",
    "line",
    "message",
    "cwes",
    "is_suppressed",
    "fingerprint",
    "opened_scan_id",
    "closed_scan_id",
    "opened_scan__created_at",
)


def finding_out(row: Any) -> dict[str, Any]:
    """Shape of FindingOut, from a named row of FINDING_COLUMNS."""
    out: dict[str, Any] = row._asdict()
    out["id"] = out.pop("pk")
    out["repo_id"] = out.pop("repository_id")
    out["suppressed"] = out.pop("is_suppressed")
    out["fingerprint"] = bytes(row.fingerprint).hex()
    out["first_seen"] = out.pop("opened_scan__created_at")
    return out
