"""Where a finding lies: a path relative to the repository's root, from whatever a tool wrote."""

import re
from collections.abc import Iterable, Sequence
from fnmatch import translate
from functools import cache
from itertools import takewhile
from urllib.parse import unquote

from scans.domain.tables import pattern, table

# Two characters or more, as one letter is a Windows drive.
_SCHEME = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]+:")
_DRIVE = re.compile(r"^/?([A-Za-z]:/)")


def plain_path(uri: str) -> str:
    """Return a URI reference as a path with forward slashes, absolute where the URI is.

    Other schemes than file: are text and stay as they are.
    """
    if uri[:5].lower() == "file:":
        uri = "/" + uri[5:].lstrip("/") if uri.startswith(("/", "\\"), 5) else uri[5:]
    elif _SCHEME.match(uri):
        return uri
    path = unquote(uri).replace("\\", "/")
    return _DRIVE.sub(r"\1", path)


def is_absolute(path: str) -> bool:
    """Whether a plain path starts at a root or a drive."""
    return path.startswith("/") or _DRIVE.match(path) is not None


def joined(base: str, path: str) -> str:
    """Return `path` under the directory `base`, unless it stands for itself."""
    if not base or is_absolute(path) or _SCHEME.match(path):
        return path
    return base.rstrip("/") + "/" + path


def inside_root(path: str) -> str:
    """Return a relative path without "." and ".."; one that leaves the root is its base name."""
    if _SCHEME.match(path):
        return path
    kept: list[str] = []
    for part in path.split("/"):
        if part == "..":
            if not kept:
                return _base_name(path)
            kept.pop()
        elif part not in ("", "."):
            kept.append(part)
    return "/".join(kept)


def _base_name(path: str) -> str:
    return next((p for p in reversed(path.split("/")) if p not in ("", ".", "..")), "")


class Checkout:
    """The directories of the scanning machine that do not belong to the repository.

    `roots` are named by the report, and the longest that holds a path counts; without any, what
    build services use is known, and else the paths' common directory is taken for the root.
    """

    def __init__(self, roots: Iterable[str], absolute_paths: Iterable[str]) -> None:
        named = {root.rstrip("/") + "/" for root in roots if is_absolute(root)}
        self._roots = sorted(named, key=len, reverse=True)
        unnamed = {p for p in map(collapsed, absolute_paths) if not self._known_root(p)}
        self._common = common_directory(sorted(unnamed))

    def relative(self, path: str) -> str:
        """Return an absolute path relative to the checkout; outside of it, its base name."""
        path = collapsed(path)
        root = self._known_root(path)
        if not root and self._roots:
            return _base_name(path)
        return path[len(root or self._common) :].lstrip("/")

    def _known_root(self, path: str) -> str:
        for root in self._roots:
            if path.startswith(root):
                return root
        if self._roots:
            return ""
        matches = (pattern(p).match(path) for p in table("files")["checkouts"])
        return next((match.group() for match in matches if match), "")


def collapsed(path: str) -> str:
    """Return an absolute path without empty parts, "." and ".."."""
    drive = _DRIVE.match(path)
    root = drive.group(1) if drive else "/"
    kept: list[str] = []
    for part in path[len(root) if drive else 0 :].split("/"):
        if part == "..":
            del kept[-1:]
        elif part not in ("", "."):
            kept.append(part)
    return root + "/".join(kept)


def common_directory(paths: Sequence[str]) -> str:
    """Return the deepest directory, with its last slash, of sorted absolute paths; "" for none."""
    if not paths:
        return ""
    first, last = (path.split("/")[:-1] for path in (paths[0], paths[-1]))
    pairs = takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False))
    return "".join(f"{part}/" for part, _ in pairs)


def infrastructure_kind(path: str) -> str:
    """Return which infrastructure code a file holds (dockerfile, terraform ...), "" for none."""
    kinds = _infrastructure_patterns()
    return next((kind for kind, expression in kinds if expression.fullmatch(path)), "")


@cache
def _infrastructure_patterns() -> list[tuple[str, re.Pattern[str]]]:
    """A pattern with a directory holds for that directory at any depth."""
    kinds: dict[str, list[str]] = table("files")["iac"]
    return [
        (kind, re.compile("(?:.*/)?(?:" + "|".join(map(translate, globs)) + ")", re.DOTALL))
        for kind, globs in kinds.items()
    ]
