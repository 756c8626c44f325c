"""Framework and control selection, custom frameworks, scores and trends."""

from datetime import timedelta
from typing import Any

from django.utils import timezone
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from compliance import services
from compliance.api import answers
from compliance.api import schema as documented
from compliance.api.entity_tags import seen_versions, tagged
from compliance.api.serializers import (
    ControlsQuery,
    DisabledControlsIn,
    EnabledFrameworksIn,
    ScoreQuery,
    TrendQuery,
)
from compliance.domain.versions import (
    controls_version,
    custom_frameworks_version,
    frameworks_version,
)
from compliance.models import CustomFramework
from compliance.queries import (
    current_policy,
    framework_of,
    latest_scan,
    repository_of,
    trend_scans,
)
from orgs.api.scoping import OrganizationScoped


def _checked(serializer: type[serializers.Serializer[Any]], data: Any) -> dict[str, Any]:
    checked = serializer(data=data)
    checked.is_valid(raise_exception=True)
    values: dict[str, Any] = checked.validated_data
    return values


class FrameworkList(OrganizationScoped):
    @documented.list_frameworks
    def get(self, request: Request) -> Response:
        policy = current_policy(self.organization)
        return tagged(Response(answers.frameworks_answer(policy)), frameworks_version(policy))


class EnabledFrameworks(OrganizationScoped):
    @documented.set_enabled_frameworks
    def put(self, request: Request) -> Response:
        data = _checked(EnabledFrameworksIn, request.data)
        policy = services.set_enabled_frameworks(
            organization=self.organization, seen=seen_versions(request), **data
        )
        return tagged(Response(answers.enabled_answer(policy.enabled)), frameworks_version(policy))


class FrameworkControls(OrganizationScoped):
    @documented.list_controls
    def get(self, request: Request, framework_key: str) -> Response:
        policy = current_policy(self.organization)
        framework = framework_of(policy, framework_key)
        repo_id = _checked(ControlsQuery, request.query_params.dict()).get("repo_id")
        latest = None if repo_id is None else latest_scan(self.organization, repo_id)
        evidence = latest.evidence if latest else None
        answer = Response(answers.controls_answer(framework, policy, evidence, timezone.now()))
        # What scans refine changes with them, and with time: that has no version.
        return answer if latest else tagged(answer, controls_version(policy, framework))

    @documented.set_disabled_controls
    def put(self, request: Request, framework_key: str) -> Response:
        framework = framework_of(current_policy(self.organization), framework_key)
        data = _checked(DisabledControlsIn, request.data)
        policy = services.set_disabled_controls(
            organization=self.organization,
            framework_key=framework_key,
            seen=seen_versions(request),
            **data,
        )
        answer = Response(answers.disabled_answer(framework_key, policy))
        return tagged(answer, controls_version(policy, framework))


class CustomFrameworkList(OrganizationScoped):
    @documented.list_custom_frameworks
    def get(self, request: Request) -> Response:
        rows = list(CustomFramework.objects.of(self.organization))
        version = custom_frameworks_version((row.pk, row.updated_at) for row in rows)
        return tagged(Response(answers.custom_frameworks_answer(rows)), version)

    @documented.save_custom_framework
    def post(self, request: Request) -> Response:
        if not isinstance(request.data, dict):
            raise ValidationError("The body must be a JSON object.")
        fields = ("key", "name", "description", "controls")
        saved = services.save_custom_framework(
            organization=self.organization,
            seen=seen_versions(request),
            **{name: request.data.get(name) for name in fields},
        )
        return Response({"message": "Framework saved", "key": saved.key, "name": saved.name})


class CustomFrameworkDetail(OrganizationScoped):
    @documented.delete_custom_framework
    def delete(self, request: Request, framework_key: str) -> Response:
        services.delete_custom_framework(
            organization=self.organization, key=framework_key, seen=seen_versions(request)
        )
        return Response({"message": "Framework deleted"})


class RepositoryReport(OrganizationScoped):
    """What is said of one repository under the organization's policy."""

    def parameters(
        self, serializer: type[serializers.Serializer[Any]], repo_id: int
    ) -> dict[str, Any]:
        try:
            return _checked(serializer, self.request.query_params.dict())
        except ValidationError:
            # An unknown repository in the path is 404 before a bad parameter is 400.
            repository_of(self.organization, repo_id)
            raise


class RepositoryScore(RepositoryReport):
    @documented.read_score
    def get(self, request: Request, repo_id: int) -> Response:
        query = self.parameters(ScoreQuery, repo_id)
        latest = latest_scan(self.organization, repo_id, query.get("branch"))
        return Response(answers.score_answer(latest, timezone.now(), query.get("framework")))


class RepositoryTrend(RepositoryReport):
    @documented.read_trend
    def get(self, request: Request, repo_id: int) -> Response:
        query = self.parameters(TrendQuery, repo_id)
        since = timezone.now() - timedelta(days=query["days"])
        trend = trend_scans(self.organization, repo_id, since, query.get("branch"))
        policy = current_policy(self.organization)
        return Response(
            answers.trend_answer(trend, policy, days=query["days"], only=query.get("framework"))
        )
