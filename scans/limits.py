"""The limits of one upload, from the settings."""

from django.conf import settings

from scans.domain.findings import ReportLimits


def upload_limits() -> ReportLimits:
    return ReportLimits(
        sent_bytes=settings.UPLOAD_MAX_SENT_BYTES,
        unpacked_bytes=settings.UPLOAD_MAX_UNPACKED_BYTES,
        results=settings.UPLOAD_MAX_RESULTS,
    )
