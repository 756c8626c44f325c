"""/dashboard/compliance/frameworks: which frameworks count, and which of their controls apply."""

from collections.abc import Collection, Sequence
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from codestax.common.errors import DomainError, NotFoundError
from compliance import previews, services
from compliance.domain.catalog import Framework
from compliance.domain.policy import Policy
from compliance.pages.control_list import applicability, control_groups
from compliance.pages.forms import read_disabled, read_repository, read_selection
from compliance.pages.picker import Upgrade, picker, state_of
from compliance.pages.preview_table import preview_table
from compliance.queries import current_policy, framework_of, latest_scan
from orgs.pages.scoping import OrganizationPage
from scans.models import Repository


class PolicyPage(OrganizationPage):
    """A page about the policy in force, which it reads once."""

    @cached_property
    def policy(self) -> Policy:
        return current_policy(self.organization)


class FrameworkPicker(PolicyPage):
    """The selection: everything that the plan includes, or an explicit choice."""

    template_name = "dashboard/frameworks.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self.shown(self.policy.enabled)

    def post(self, request: HttpRequest) -> HttpResponse:
        keys: Sequence[str] | None = ()
        try:
            keys = read_selection(request.POST)
            return self.accept(keys)
        except DomainError as error:
            upgrade = Upgrade.of(error, self.policy)
            return self.shown(keys, status=error.status, error=error, upgrade=upgrade)

    def accept(self, keys: Sequence[str] | None) -> HttpResponse:
        services.set_enabled_frameworks(organization=self.organization, keys=keys)
        messages.success(self.request, "Enabled frameworks updated.")
        return redirect("dashboard-frameworks")

    def shown(
        self, keys: Sequence[str] | None, *, status: int = 200, **context: Any
    ) -> HttpResponse:
        """The page with `keys` chosen, which need not be saved."""
        shown = self.get_context_data(picker=picker(self.policy, keys), **context)
        return self.render_to_response(shown, status=status)


class FrameworkPickerPreview(FrameworkPicker):
    """What a selection would do; nothing is written."""

    http_method_names = ["post"]

    def accept(self, keys: Sequence[str] | None) -> HttpResponse:
        preview = previews.preview_selection(
            organization=self.organization, keys=keys, now=timezone.now()
        )
        return self.shown(keys, preview=preview_table(preview))


class FrameworkPage(PolicyPage):
    """A framework's controls, with what is recommended for a chosen repository."""

    template_name = "dashboard/frameworks_controls.html"

    def get(self, request: HttpRequest, framework_key: str) -> HttpResponse:
        framework = framework_of(self.policy, framework_key)
        disabled = self.policy.disabled.get(framework_key, ())
        return self.shown(framework, disabled, read_repository(request.GET))

    def post(self, request: HttpRequest, framework_key: str) -> HttpResponse:
        framework = framework_of(self.policy, framework_key)
        disabled = read_disabled(request.POST)
        repo_id = read_repository(request.POST)
        try:
            return self.accept(framework, disabled, repo_id)
        except NotFoundError:
            raise
        except DomainError as error:
            return self.shown(framework, disabled, repo_id, status=error.status, error=error)

    def accept(
        self, framework: Framework, disabled: Sequence[str], repo_id: int | None
    ) -> HttpResponse:
        services.set_disabled_controls(
            organization=self.organization, framework_key=framework.key, disabled=disabled
        )
        messages.success(self.request, "Control selection updated.")
        query = None if repo_id is None else {"repo_id": repo_id}
        path = {"framework_key": framework.key}
        return HttpResponseRedirect(reverse("dashboard-framework", kwargs=path, query=query))

    def shown(
        self,
        framework: Framework,
        disabled: Collection[str],
        repo_id: int | None,
        *,
        status: int = 200,
        **context: Any,
    ) -> HttpResponse:
        """The page with `disabled` marked Not Applicable, which need not be saved."""
        latest = None if repo_id is None else latest_scan(self.organization, repo_id)
        evidence = latest.evidence if latest else None
        groups = control_groups(framework, disabled, evidence, timezone.now())
        shown = self.get_context_data(
            framework=framework,
            state=state_of(framework, self.policy),
            groups=groups,
            applicability=applicability(groups),
            repositories=Repository.objects.of(self.organization).values_list("pk", "name"),
            latest=latest,
            **context,
        )
        return self.render_to_response(shown, status=status)


class FrameworkControlsPreview(FrameworkPage):
    """What marking controls Not Applicable would do; nothing is written."""

    http_method_names = ["post"]

    def accept(
        self, framework: Framework, disabled: Sequence[str], repo_id: int | None
    ) -> HttpResponse:
        preview = previews.preview_controls(
            organization=self.organization,
            framework_key=framework.key,
            disabled=disabled,
            now=timezone.now(),
        )
        return self.shown(framework, disabled, repo_id, preview=preview_table(preview))
