"""Repositories, uploads, and the lists of scans and findings."""

from typing import Any

import msgspec
from django.db.models import QuerySet
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
from scans.api.bodies import read_bodies
from scans.api.filters import FindingFilter, ScanFilter
from scans.api.serializers import (
    FINDING_COLUMNS,
    BranchQuery,
    RepositoryCreateIn,
    RepositoryOut,
    RepositoryUpdateIn,
    finding_out,
    scan_out,
)
from scans.api.upload_request import (
    idempotency_key,
    prefers_async,
    request_digest,
    upload_request,
)
from scans.limits import upload_limits
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
        scans = filtered(ScanFilter, request, scans).prefetch_related("analyses", "uploads")
        return paged(request, scans, scan_out)

    @documented.upload_scan
    def post(self, request: Request, repo_id: int) -> Response:
        upload = Uploading(request, self.repository(repo_id), self.membership.user.email)
        key = idempotency_key(request)
        answer = (
            services.answered_once(
                organization=self.organization,
                key=key,
                request_digest=upload.digest(),
                now=upload.now,
                work=upload.answer,
            )
            if key
            else upload.answer()
        )
        return Response(answer.body, status=answer.status, headers=_headers(answer))


class Uploading:
    """One upload: its request read and checked, ready to be done now or kept for a worker."""

    def __init__(self, request: Request, repository: Repository, actor_email: str) -> None:
        self.request = request
        self.repository = repository
        self.actor_email = actor_email
        self.limits = upload_limits()
        self.now = timezone.now()
        self.bodies = read_bodies(request._request, self.limits)
        self.told = upload_request(request, repository, self.bodies)

    def digest(self) -> bytes:
        return request_digest(self.request, self.repository, self.bodies)

    def answer(self) -> services.Answer:
        is_async = prefers_async(self.request)
        scan = self._kept() if is_async else self._done()
        return services.Answer(
            status=status.HTTP_202_ACCEPTED if is_async else status.HTTP_201_CREATED,
            body=msgspec.to_builtins(scan_out(scan)),
            location=f"/api/scans/{scan.pk}",
        )

    def _done(self) -> Scan:
        return services.ingest(
            repository=self.repository,
            commit=self.told.commit,
            reports=services.Reports(
                self.bodies.sent, self.limits, self.told.declared_format, self.told.covers
            ),
            now=self.now,
        )

    def _kept(self) -> Scan:
        return services.receive(
            repository=self.repository,
            commit=self.told.commit,
            sent=services.Sent(
                [report.content for report in self.bodies.sent],
                self.told.declared_format,
                self.told.covers,
            ),
            actor_email=self.actor_email,
            now=self.now,
        )


def _headers(answer: services.Answer) -> dict[str, str]:
    headers = {"Location": answer.location}
    if answer.status == status.HTTP_202_ACCEPTED:
        headers["Preference-Applied"] = "respond-async"
    if answer.is_replayed:
        headers["Idempotency-Replayed"] = "true"
    return headers


class ScanDetail(OrganizationScoped):
    @documented.read_scan
    def get(self, request: Request, scan_id: int) -> Response:
        scans = Scan.objects.of(self.organization).prefetch_related("analyses", "uploads")
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
