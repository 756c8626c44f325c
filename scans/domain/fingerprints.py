"""What makes two results the same flaw, and rows without repetitions.

A fingerprint must survive a scan after lines have moved: it is made of check type, rule, path and
the code around, not of line numbers. Secrets have no code that may be looked at, not even as a
hash: they are numbered within their file and rule, line by line.
"""

from collections import Counter, defaultdict
from hashlib import blake2b

from msgspec import Struct

from scans.domain.findings import FINGERPRINT_BYTES, SEVERITY_RANK, CheckType, FindingRow

_SEPARATOR = "\x1f"

_SECRETS = CheckType.SECRETS.value

Place = tuple[int, int, str]


class Draft(Struct, gc=False):
    """A result that is kept, before its fingerprint is known."""

    check_type: str
    severity: str
    rule_id: str
    path: str
    line: int | None
    column: int
    message: str
    cwes: tuple[int, ...]
    is_suppressed: bool
    identity: str
    is_whole: bool  # whether the identity is all that counts, for secret lines and components
    context: str = ""  # the code around, or the message
    # Fingerprints that the tool wrote, by name, best first; used if they prove trustworthy.
    claims: tuple[tuple[str, str], ...] = ()


class Marked(Struct, gc=False):
    """A draft with its fingerprint.

    `first` is the fingerprint of the first place of its identity: the same one, unless several
    places share the identity, and are numbered.
    """

    draft: Draft
    fingerprint: bytes
    first: bytes


def rows(drafts: list[Draft]) -> list[FindingRow]:
    """Return one row per flaw, in the order in which they first appear."""
    return told_apart(drafts)[0]


def told_apart(drafts: list[Draft]) -> tuple[list[FindingRow], list[Marked]]:
    """Return one row per flaw, in the order in which they first appear, and all drafts marked."""
    marked = _fingerprinted(drafts)
    first: dict[bytes, Draft] = {}
    others: dict[bytes, list[Draft]] = defaultdict(list)
    for one in marked:
        if first.setdefault(one.fingerprint, one.draft) is not one.draft:
            others[one.fingerprint].append(one.draft)
    found = [
        _row(fingerprint, [draft, *others[fingerprint]])
        if fingerprint in others
        else _columns(fingerprint, draft)
        for fingerprint, draft in first.items()
    ]
    numbered = _with_numbered_secrets(found)
    for one in marked:
        one.fingerprint = numbered.get(one.fingerprint, one.fingerprint)
    return found, marked


def ties(one: Marked) -> tuple[bytes, ...]:
    """Return what ties a draft to others, as digests, beside its fingerprint.

    Drafts that share none of these, nor a fingerprint, have no influence on each other's rows.
    """
    draft = one.draft
    if draft.check_type == _SECRETS and draft.line is not None:
        return (_digest(joined(_SECRETS, draft.path)),)
    if draft.claims:
        contexts = (draft.context, *(value for _, value in draft.claims))
        identities = (f"{draft.identity}{_SEPARATOR}{context}" for context in contexts)
        claims = (_digest(_SEPARATOR.join(claim)) for claim in draft.claims)
        return (*(_numbered(identity, 0) for identity in identities), *claims)
    return () if one.first == one.fingerprint else (one.first,)


def _with_numbered_secrets(found: list[FindingRow]) -> dict[bytes, bytes]:
    """Give secrets that lie in a line the fingerprints that they keep when lines move.

    Changes the rows in `found`, and returns the new fingerprints by the old ones.

    Up to here the line was their identity, as two in one line are one, whichever rules found
    them. From here on they are the first, second ... that their rule finds in their file.
    """
    numbered: dict[bytes, bytes] = {}
    by_rule: dict[tuple[str, str], list[int]] = defaultdict(list)
    for index, (_, check_type, _, rule_id, path, line, *_) in enumerate(found):
        if check_type == _SECRETS and line is not None:
            by_rule[path, rule_id].append(index)
    for (path, rule_id), indexes in by_rule.items():
        indexes.sort(key=lambda index: found[index][5] or 0)
        for ordinal, index in enumerate(indexes):
            # A separator inside a name must not make two equal, as they are not compared again.
            key = repr((_SECRETS, path, rule_id, ordinal))
            numbered[found[index][0]] = _digest(key)
            found[index] = (_digest(key), *found[index][1:])
    return numbered


def joined(*parts: str) -> str:
    """Return the parts of an identity as one."""
    return _SEPARATOR.join(parts)


def _fingerprinted(drafts: list[Draft]) -> list[Marked]:
    untrusted = _untrusted_claims(drafts)
    identities = [_identity(draft, untrusted) for draft in drafts]
    ordinals = _ordinals(drafts, identities)
    marked = []
    for draft, identity in zip(drafts, identities, strict=True):
        first = fingerprint = _numbered(identity, 0)
        if identity in ordinals:
            fingerprint = _numbered(identity, ordinals[identity][_place(draft)])
        marked.append(Marked(draft, fingerprint, first))
    return marked


def _numbered(identity: str, ordinal: int) -> bytes:
    return _digest(f"{identity}{_SEPARATOR}{ordinal}")


def _digest(key: str) -> bytes:
    return blake2b(key.encode(errors="replace"), digest_size=FINGERPRINT_BYTES).digest()


def _untrusted_claims(drafts: list[Draft]) -> set[tuple[str, str]]:
    """A value that two results with another rule or line share tells nothing apart."""
    seen: dict[tuple[str, str], tuple[str, int | None]] = {}
    untrusted = set()
    for draft in drafts:
        for claim in draft.claims:
            place = (draft.rule_id, draft.line)
            if seen.setdefault(claim, place) != place:
                untrusted.add(claim)
    return untrusted


def _identity(draft: Draft, untrusted: set[tuple[str, str]]) -> str:
    if draft.is_whole:
        return draft.identity
    claims = (value for name, value in draft.claims if (name, value) not in untrusted)
    context = next(claims, draft.context) if draft.claims else draft.context
    return f"{draft.identity}{_SEPARATOR}{context}"


def _place(draft: Draft) -> Place:
    return draft.line or 0, draft.column, draft.message


def _ordinals(drafts: list[Draft], identities: list[str]) -> dict[str, dict[Place, int]]:
    """Number the places of each identity that has several, so that equal lines stay apart."""
    counts = Counter(identities)
    if len(counts) == len(drafts):
        return {}
    places: dict[str, set[Place]] = defaultdict(set)
    for draft, identity in zip(drafts, identities, strict=True):
        if counts[identity] > 1 and not draft.is_whole:
            places[identity].add(_place(draft))
    return {
        identity: {place: ordinal for ordinal, place in enumerate(sorted(those))}
        for identity, those in places.items()
    }


def _columns(fingerprint: bytes, draft: Draft) -> FindingRow:
    return (
        fingerprint,
        draft.check_type,
        draft.severity,
        draft.rule_id,
        draft.path,
        draft.line,
        draft.message,
        draft.cwes,
        draft.is_suppressed,
    )


def _row(fingerprint: bytes, same: list[Draft]) -> FindingRow:
    """Let the worst of several results speak; none of them but all can suppress the finding."""
    worst = _columns(fingerprint, min(same, key=_precedence))
    cwes = tuple(sorted({cwe for draft in same for cwe in draft.cwes}))
    return (*worst[:7], cwes, all(draft.is_suppressed for draft in same))


def _precedence(draft: Draft) -> tuple[int, bool, str, int, str]:
    return (
        -SEVERITY_RANK[draft.severity],
        draft.is_suppressed,
        draft.rule_id,
        draft.line or 0,
        draft.message,
    )
