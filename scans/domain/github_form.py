"""GitHub's own upload form: a SARIF log, packed and encoded, beside its commit and ref.

Pipelines that send code-scanning results to GitHub (REST API, "Upload an analysis as SARIF data")
can send the same body here: {commit_sha, ref, sarif}, `sarif` being base64 of gzip.
"""

import binascii

from msgspec import UNSET, MsgspecError, Struct, UnsetType, json

from codestax.common.errors import ReportFormatError

_MARK = b'"commit_sha"'
# Beside the log the form holds a few short texts, before or behind it.
_LOOK_BYTES = 1 << 12
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


def github_form(payload: bytes) -> GithubForm | None:
    """Return the form that a body is, None for any other body. Raises ReportFormatError."""
    if not _is_marked(payload) or not payload.lstrip().startswith(b"{"):
        return None
    try:
        form = json.decode(payload, type=GithubForm)
    except (MsgspecError, RecursionError, UnicodeError):
        return None
    if not form.commit_sha or not form.ref:
        raise ReportFormatError(
            "Beside `sarif` the body must name the commit in `commit_sha` and the branch in `ref`."
        )
    return form


def _is_marked(payload: bytes) -> bool:
    return _MARK in payload[:_LOOK_BYTES] or _MARK in payload[-_LOOK_BYTES:]
