"""GitHub's own upload form: a SARIF log, packed and encoded, beside its commit and ref.

Pipelines that send code-scanning results to GitHub (REST API, "Upload an analysis as SARIF data")
can send the same body here: {commit_sha, ref, sarif}, `sarif` being base64 of gzip.
"""

import binascii

from msgspec import UNSET, MsgspecError, Struct, UnsetType, json

from codestax.common.errors import ReportFormatError
from scans.domain.findings import ReportLimits
from scans.domain.unpacking import SentReport

_MARK = b'"commit_sha"'
_BRANCH = "refs/heads/"


class GithubForm(Struct):
    """What is read of the form; `sarif` holds the packed log."""

    sarif: str
    commit_sha: str | UnsetType = UNSET
    ref: str | UnsetType = UNSET

    @property
    def branch(self) -> str:
        """The branch's name; another ref (a tag, a pull request) stands for itself."""
        return str(self.ref).removeprefix(_BRANCH)

    def report(self) -> bytes:
        """The log as it was packed. Raises ReportFormatError."""
        try:
            return binascii.a2b_base64(self.sarif.encode(), strict_mode=False)
        except ValueError as error:
            raise ReportFormatError(
                "`sarif` is not base64; encode it with: gzip -c report.sarif | base64 -w0"
            ) from error


def github_form(sent: SentReport, limits: ReportLimits) -> GithubForm | None:
    """Return the form that a body is, None for any other body. Raises ReportFormatError."""
    if not _is_marked(sent):
        return None
    try:
        form = json.decode(sent.payload(limits), type=GithubForm)
    except (MsgspecError, RecursionError, UnicodeError):
        return None
    if not form.commit_sha or not form.ref:
        raise ReportFormatError(
            "Beside `sarif` the body must name the commit in `commit_sha` and the branch in `ref`."
        )
    return form


def _is_marked(sent: SentReport) -> bool:
    """Beside the log the form holds a few short texts, before or behind it."""
    return sent.start.lstrip().startswith(b"{") and (_MARK in sent.start or _MARK in sent.end)
