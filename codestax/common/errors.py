"""Errors that a rule of the product raises; the interfaces turn them into answers.

Nothing here knows HTTP or Django: a status is only a hint that the API reads.
"""

from typing import Any, ClassVar


class DomainError(Exception):
    """A rule was broken. `message` is one sentence that says what to do."""

    code: ClassVar[str] = "invalid"
    status: ClassVar[int] = 400

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field

    @property
    def detail(self) -> Any:
        """What stands in `detail` of the API's answer."""
        return self.message


class NotFoundError(DomainError):
    """The thing does not exist in this organization."""

    code = "not_found"
    status = 404


class ConflictError(DomainError):
    """The request contradicts the state of what it is about, or another one at work."""

    code = "conflict"
    status = 409


class StaleError(DomainError):
    """Somebody else has changed the thing since the version that the request is meant for."""

    code = "stale"
    status = 412


class ForbiddenError(DomainError):
    """The actor's role is too low for this."""

    code = "forbidden"
    status = 403


class PlanUpgradeRequiredError(DomainError):
    """The organization's plan does not include a framework; carries the upgrade prompt."""

    code = "plan_upgrade_required"
    status = 402

    def __init__(
        self, message: str, *, framework_key: str, current_plan: str, required_plan: str
    ) -> None:
        super().__init__(message)
        self.framework_key = framework_key
        self.current_plan = current_plan
        self.required_plan = required_plan

    @property
    def detail(self) -> Any:
        return {
            "error": self.code,
            "message": self.message,
            "framework_key": self.framework_key,
            "current_plan": self.current_plan,
            "required_plan": self.required_plan,
        }


class ReportFormatError(DomainError):
    """A scanner report cannot be read."""

    code = "report_unreadable"


class ReportTooLargeError(DomainError):
    """A scanner report is over a limit of size, depth or count."""

    code = "report_too_large"
    status = 413


class UnsupportedReportError(DomainError):
    """The body is of no format that is read here."""

    code = "report_unsupported"
    status = 415
