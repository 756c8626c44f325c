"""Repositories, their scans, the uploads that make them, and findings between scans."""

from scans.models.findings import Analysis, Finding, ReportMemo
from scans.models.repositories import Repository, Scan
from scans.models.uploads import IdempotentAnswer, Upload, UploadBody

__all__ = [
    "Analysis",
    "Finding",
    "IdempotentAnswer",
    "ReportMemo",
    "Repository",
    "Scan",
    "Upload",
    "UploadBody",
]
