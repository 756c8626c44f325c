"""Repositories, uploads, and the lists of scans and findings."""

from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.shortcuts import get_object_or_404
from django.utils import timezone
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from codestax.common.api import filtered
from codestax.common.paging import paged
from orgs.api.scoping import OrganizationScoped
from orgs.domain.roles import Role
from scans import services
from scans.api import schema as documented
from scans.api.bodies import read_payloads, upload_limits
from scans.api.filters import FindingFilter, ScanFilter
from scans.api.serializers import (
    FINDING_COLUMNS,
    BranchQuery,
    RepositoryCreateIn,
    RepositoryOut,
    RepositoryUpdateIn,
    ScanUploadIn,
    finding_out,
    scan_out,
)
from scans.models import Finding, Repository, Scan


class RepositoryScoped(OrganizationScoped):
    """Views below repos/{repo_id}: the repository of the caller's organization, or 404."""

    def repository(self, repo_id: int) -> Repository:
        found: Repository = get_object_or_404(Repository.objects.of(self.organization), pk=repo_id)
        return found


class RepositoryList(OrganizationScoped):
    write_role = Role.MEMBER

    @documented.list_repositories
    def get(self, request: Request) -> Response:
        repositories = Repository.objects.of(self.organization)
        return paged(request, repositories, RepositoryOut)

    @documented.create_repository
    def post(self, request: Request) -> Response:
        data = RepositoryCreateIn(data=request.data)
        data.is_valid(raise_exception=True)
        repository = services.create_repository(
            organization=self.organization, **data.validated_data
        )
        return Response(RepositoryOut(repository).data, status=status.HTTP_201_CREATED)


class RepositoryDetail(RepositoryScoped):
    write_role = Role.ADMIN

    @documented.read_repository
    def get(self, request: Request, repo_id: int) -> Response:
        return Response(RepositoryOut(self.repository(repo_id)).data)

    @documented.update_repository
    def patch(self, request: Request, repo_id: int) -> Response:
        repository = self.repository(repo_id)
        data = RepositoryUpdateIn(data=request.data)
        data.is_valid(raise_exception=True)
        services.update_repository(repository=repository, **data.validated_data)
        return Response(RepositoryOut(repository).data)

    @documented.delete_repository
    def delete(self, request: Request, repo_id: int) -> Response:
        services.delete_repository(repository=self.repository(repo_id))
        return Response({"message": "Repository deleted"})


class RepositoryScans(RepositoryScoped):
    write_role = Role.MEMBER
    # The body is read as a stream, within limits, by scans.api.bodies.
    parser_classes: list[Any] = []

    @documented.list_scans
    def get(self, request: Request, repo_id: int) -> Response:
        scans = Scan.objects.of(self.organization).filter(repository=self.repository(repo_id))
        scans = filtered(ScanFilter, request, scans).prefetch_related("analyses")
        return paged(request, scans, scan_out)

    @documented.upload_scan
    def post(self, request: Request, repo_id: int) -> Response:
        repository = self.repository(repo_id)
        limits = upload_limits()
        payloads = read_payloads(request._request, limits)
        scan = services.ingest(
            repository=repository,
            upload=_upload(request, repository),
            payloads=payloads,
            limits=limits,
            now=timezone.now(),
        )
        return Response(
            scan_out(scan),
            status=status.HTTP_201_CREATED,
            headers={"Location": f"/api/scans/{scan.pk}"},
        )


class ScanDetail(OrganizationScoped):
    @documented.read_scan
    def get(self, request: Request, scan_id: int) -> Response:
        scans = Scan.objects.of(self.organization).prefetch_related("analyses")
        return Response(scan_out(get_object_or_404(scans, pk=scan_id)))


class ScanFindings(OrganizationScoped):
    @documented.list_scan_findings
    def get(self, request: Request, scan_id: int) -> Response:
        scan = get_object_or_404(Scan.objects.of(self.organization), pk=scan_id)
        return _findings_page(request, Finding.objects.of(self.organization).present_at(scan))


class RepositoryFindings(RepositoryScoped):
    @documented.list_findings
    def get(self, request: Request, repo_id: int) -> Response:
        repository = self.repository(repo_id)
        query = BranchQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        branch = query.validated_data.get("branch") or repository.default_branch
        findings = Finding.objects.of(self.organization).open()
        return _findings_page(request, findings.filter(repository=repository, branch=branch))


def _findings_page(request: Request, findings: QuerySet[Any]) -> Response:
    if not request.query_params.get("suppressed"):
        findings = findings.filter(is_suppressed=False)
    findings = filtered(FindingFilter, request, findings)
    return paged(request, findings.values_list(*FINDING_COLUMNS, named=True), finding_out)


def _upload(request: Request, repository: Repository) -> services.Upload:
    """What stands beside the reports, as query or as form fields; the query speaks first."""
    fields = QueryDict(mutable=True)
    for source in (request._request.POST, request.query_params):
        for name in source:
            fields.setlist(name, source.getlist(name))
    data = ScanUploadIn(data=fields)
    data.is_valid(raise_exception=True)
    facts = dict(data.validated_data)
    branch = facts.pop("branch", repository.default_branch)
    commit = facts.pop("commit", "")
    if "nothing_to_check" in facts:
        facts["nothing_to_check"] = sorted(facts["nothing_to_check"])
    return services.Upload(branch=branch, commit=commit, facts=facts)
