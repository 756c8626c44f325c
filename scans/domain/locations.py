"""Where a finding lies: a path relative to the repository's root, from whatever a tool wrote."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from fnmatch import translate
from functools import cache, cached_property
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

    `roots` are named by the report, and the longest that holds a path counts. Without any, what
    build services, containers and home directories look like is known: each path tells alone, so
    that another file with a finding changes no other's path. Only for paths of no known form do
    the other ones matter: the root is the directory that most of them have in common.
    """

    def __init__(self, roots: Iterable[str], absolute_paths: Iterable[str]) -> None:
        named = {root.rstrip("/") + "/" for root in roots if is_absolute(root)}
        self._roots = sorted(named, key=len, reverse=True)
        self._paths = absolute_paths

    def placed(self, path: str) -> str:
        """Return any plain path as one in the repository."""
        return self.relative(path) if is_absolute(path) else inside_root(path)

    def relative(self, path: str) -> str:
        """Return an absolute path relative to the checkout; outside of it, its base name.

        Where no root is known, the path keeps all its parts.
        """
        path = collapsed(path)
        root = self._root(path)
        if not root and self._roots:
            return _base_name(path)
        return path[len(root) :].lstrip("/")

    def _root(self, path: str) -> str:
        named = next((root for root in self._roots if path.startswith(root)), "")
        known = named or _known_root(path)
        if known or self._roots or _is_of_system(path):
            return known
        return self._common if path.startswith(self._common) else ""

    @property
    def is_guessed(self) -> bool:
        """Whether a path so far depended on what the others have in common."""
        return "_common" in vars(self)

    @cached_property
    def _common(self) -> str:
        return _common_root(map(collapsed, self._paths))


def _known_root(path: str) -> str:
    matches = (pattern(p).match(path) for p in table("files")["checkouts"])
    return next((match.group() for match in matches if match), "")


def _is_of_system(path: str) -> bool:
    return pattern(table("files")["systems"]).match(path) is not None


def _common_root(paths: Iterable[str]) -> str:
    """Return what most paths of no known form have in common; "" where there is no majority."""
    unknown = sorted({p for p in paths if not (_is_of_system(p) or _known_root(p))})
    tops = Counter(map(_top, unknown))
    top, count = next(iter(tops.most_common(1)), ("", 0))
    if 2 * count <= len(unknown):
        return ""
    return _above_sources(common_directory([path for path in unknown if _top(path) == top]))


def _top(path: str) -> str:
    return "/".join(path.split("/")[:2])


def _above_sources(directory: str) -> str:
    """Cut a directory where the repository's own ones begin: findings may come from there alone."""
    known = frozenset(table("files")["source_directories"])
    parts = directory.split("/")
    inside = next((n for n, part in enumerate(parts) if n > 1 and part in known), len(parts))
    return directory if inside == len(parts) else "".join(f"{part}/" for part in parts[:inside])


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


# The end of a path tells its kind, and to try each of many directories takes long.
_TELLING_CHARS = 200


def infrastructure_kind(path: str) -> str:
    """Return which infrastructure code a file holds (dockerfile, terraform ...), "" for none."""
    kinds = _infrastructure_patterns()
    end = path[-_TELLING_CHARS:]
    return next((kind for kind, expression in kinds if expression.fullmatch(end)), "")


@cache
def _infrastructure_patterns() -> list[tuple[str, re.Pattern[str]]]:
    """A pattern with a directory holds for that directory at any depth."""
    kinds: dict[str, list[str]] = table("files")["iac"]
    return [
        (kind, re.compile("(?:.*/)?(?:" + "|".join(map(translate, globs)) + ")", re.DOTALL))
        for kind, globs in kinds.items()
    ]
