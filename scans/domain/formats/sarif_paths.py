"""The path of each result: artifact indexes, base ids and the checkout's directory resolved."""

from collections.abc import Iterable, Iterator
from itertools import chain, islice

from scans.domain import locations
from scans.domain.formats.sarif_rules import is_index
from scans.domain.formats.sarif_structs import Result, Run, Scalar
from scans.domain.text import as_text, clean

_LONGEST_CHAIN = 20
# An URI of more says nothing, and costs time.
_URI_CHARS = 10_000
# Each result under a base repeats its path; a longer one is not followed.
_BASE_CHARS = 1_000
# Each file is looked for under each of them.
_MOST_ROOTS = 100

# The fields of an artifactLocation that name the file.
Key = tuple[Scalar, Scalar, Scalar]
NO_FILE: Key = (None, None, None)


class Paths:
    """The paths of a run's results, relative to the repository's root."""

    def __init__(self, run: Run, limit: int) -> None:
        self._artifacts = run.artifacts or []
        self._bases = run.original_uri_base_ids or {}
        self._base_paths: dict[str, str] = {}
        self._roots = list(islice(dict.fromkeys(self._named_roots(run)), _MOST_ROOTS))
        self._limit = limit
        # Whether a path so far was told by what most of the others have in common.
        self.are_guessed = False

    def of(self, results: Iterable[Result]) -> list[str]:
        """Return the path of each result's first location, "" for none."""
        keys = [_key(result) for result in results]
        resolved = {key: self._resolved(key) for key in set(keys)}
        checkout = self._checkout(resolved.values())
        paths = {k: clean(checkout.placed(p), self._limit) for k, p in resolved.items()}
        self.are_guessed |= checkout.is_guessed
        return [paths[key] for key in keys]

    def _checkout(self, paths: Iterable[str]) -> locations.Checkout:
        """Look at what was scanned, too, where listed: files without results tell as much."""
        scanned = (self._resolved((None, None, n)) for n in range(len(self._artifacts)))
        return locations.Checkout(self._roots, filter(locations.is_absolute, chain(paths, scanned)))

    def _resolved(self, key: Key) -> str:
        uri, base_id, index = key
        name = as_text(uri)[:_URI_CHARS]
        if not name and is_index(index, len(self._artifacts)):
            name, base_id = self._artifact(index)
        if not name:
            return ""
        return locations.joined(self._base(as_text(base_id)), locations.plain_path(name))

    def _artifact(self, index: int) -> tuple[str, Scalar]:
        location = self._artifacts[index].location
        if location is None:
            return "", None
        return as_text(location.uri)[:_URI_CHARS], location.uri_base_id

    def _base(self, base_id: str) -> str:
        """Return the directory that a base id stands for, "" for the repository's root."""
        known = self._base_paths.get(base_id)
        if known is None:
            path = self._followed(base_id)
            known = self._base_paths[base_id] = path if len(path) <= _BASE_CHARS else ""
        return known

    def _followed(self, base_id: str) -> str:
        """Put a base's path together from those of the bases that it lies under."""
        path, seen = "", set[str]()
        while base_id in self._bases and base_id not in seen and len(seen) < _LONGEST_CHAIN:
            seen.add(base_id)
            base = self._bases[base_id]
            path = locations.joined(locations.plain_path(as_text(base.uri)[:_URI_CHARS]), path)
            base_id = as_text(base.uri_base_id)
        return path

    def _named_roots(self, run: Run) -> Iterator[str]:
        """The directories that the run names: base ids without a parent, where it worked."""
        named = [base for base in self._bases.values() if base.uri_base_id is None]
        named += [i.working_directory for i in run.invocations or () if i.working_directory]
        named += [v.mapped_to for v in run.version_control_provenance or () if v.mapped_to]
        for location in named:
            path = locations.plain_path(as_text(location.uri)[:_URI_CHARS])
            yield locations.joined(self._base(as_text(location.uri_base_id)), path)


def _key(result: Result) -> Key:
    if not result.locations:
        return NO_FILE
    physical = result.locations[0].physical_location
    artifact = physical.artifact_location if physical else None
    return (artifact.uri, artifact.uri_base_id, artifact.index) if artifact else NO_FILE
