"""Hostile uploads, made when they are asked for: (status, body, headers) of each by its name."""

import gzip
import io
import zipfile
from collections.abc import Callable

GZIP = {"Content-Type": "application/gzip"}
MULTIPART = {"Content-Type": "multipart/form-data; boundary=B"}
CLEAN = b'{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"X"}},"results":[]}]}'
NOTHING = b"[]"

Upload = tuple[int, bytes, dict[str, str]]


def many(unit: bytes, count: int, mark: bytes = b",") -> bytes:
    return mark.join([unit] * count)


def array(unit: bytes, count: int) -> bytes:
    return b"[" + many(unit, count) + b"]"


def table(value: bytes, count: int) -> bytes:
    """An object of as many members."""
    return b"{" + b",".join(b'"k%x":%s' % (number, value) for number in range(count)) + b"}"


def numbered(template: bytes, count: int) -> bytes:
    """An array of objects that differ in one number."""
    return b"[" + b",".join(template % number for number in range(count)) + b"]"


def log(results: bytes = NOTHING, *, rules: bytes = NOTHING, run: bytes = b"") -> bytes:
    """A log of one run from the JSON of its parts; `run` is more members of it."""
    driver = b'{"name":"X","rules":' + rules + b"}"
    return (
        b'{"version":"2.1.0","runs":[{"tool":{"driver":' + driver + b"}"
        b',"results":' + results + run + b"}]}"
    )


def result(members: bytes) -> bytes:
    """A log of one result."""
    return log(b'[{"ruleId":"a",' + members + b"}]")


def rule(members: bytes) -> bytes:
    """A log of one rule."""
    return log(rules=b'[{"id":"a",' + members + b"}]")


def member(name: bytes, value: bytes) -> bytes:
    """A log whose run has one more member."""
    return log(run=b',"' + name + b'":' + value)


def message(text: bytes, more: bytes = b"") -> bytes:
    """A log of one message."""
    return result(b'"message":{"text":"' + text + b'"' + more + b"}")


def located(uris: bytes, count: int, run: bytes = b"") -> bytes:
    place = b'{"locations":[{"physicalLocation":{"artifactLocation":{' + uris + b"}}}]}"
    return log(numbered(place, count), run=run)


def zipped(content: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("report.sarif", content)
    return target.getvalue()


def file_part(content: bytes, name: bytes = b'file"; filename="a.sarif') -> bytes:
    head = b'--B\r\nContent-Disposition: form-data; name="' + name + b'"\r\n\r\n'
    return head + content + b"\r\n"


PLAIN: dict[str, tuple[int, Callable[[], bytes]]] = {
    "depth of 200,000": (413, lambda: b"[" * 200_000),
    "depth of 200,000 in objects": (413, lambda: b'{"a":' * 200_000),
    "depth in a form of GitHub's": (
        413,
        lambda: b'{"commit_sha":"a","ref":"b","sarif":"","x":' + b"[" * 200_000 + b"]" * 200_000,
    ),
    "bad text in a form of GitHub's": (415, lambda: b'{"commit_sha":"\xff\xff"}'),
    "numbers of 5,000 digits": (
        400,
        lambda: result(b'"ruleIndex":' + b"9" * 5_000 + b',"rank":' + b"9" * 5_000),
    ),
    "a zip archive": (400, lambda: zipped(CLEAN)),
    "XML with an external entity": (
        400,
        lambda: b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
    ),
    "26 MB as sent": (413, lambda: b" " * 26_000_000),
    "no content": (400, lambda: b""),
}

PACKED: dict[str, tuple[int, Callable[[], bytes]]] = {
    "28 MB of empty objects": (413, lambda: array(b"{}", 9_300_000)),
    "100 MB of zeros": (400, lambda: b"\0" * 100_000_000),
    "250 MB of white space": (400, lambda: b" " * 249_000_000),
    "over 250 MB": (413, lambda: b" " * 251_000_000),
    "gzip in gzip": (400, lambda: gzip.compress(CLEAN)),
    "a zip archive in gzip": (400, lambda: zipped(CLEAN)),
    "lines of JSON": (400, lambda: b'{"a":1}\n' * 3_000_000),
    "UTF-16 that grows": (413, lambda: ("\ufeff" + "\u4e00" * 90_000_000).encode("utf-16-le")),
    "half of an UTF-16 character": (400, lambda: b"\xff\xfe" + b"\x00\xd8" * 1_000_000),
    "a million runs": (413, lambda: b'{"version":"2.1.0","runs":' + array(b"{}", 1_000_000) + b"}"),
    "a million rules": (413, lambda: log(rules=array(b"{}", 1_000_000))),
    "a million results": (413, lambda: log(array(b"{}", 1_000_000))),
    "a million extensions": (
        413,
        lambda: CLEAN.replace(b'"X"}', b'"X"},"extensions":' + array(b"{}", 1_000_000)),
    ),
    "a million invocations": (413, lambda: member(b"invocations", array(b"{}", 1_000_000))),
    "a million taxonomies": (413, lambda: member(b"taxonomies", array(b"{}", 1_000_000))),
    "a million base ids": (413, lambda: member(b"originalUriBaseIds", table(b"{}", 1_000_000))),
    "a million roots": (
        413,
        lambda: member(b"versionControlProvenance", array(b'{"mappedTo":{"uri":"/a"}}', 1_000_000)),
    ),
    "a million artifacts": (201, lambda: member(b"artifacts", array(b"{}", 1_000_000))),
    "100,000 locations of one result": (
        201,
        lambda: result(b'"locations":' + array(b'{"physicalLocation":{}}', 100_000)),
    ),
    "a million suppressions": (
        201,
        lambda: result(b'"suppressions":' + array(b"{}", 1_000_000)),
    ),
    "a million taxa": (201, lambda: result(b'"taxa":' + array(b"{}", 1_000_000))),
    "a million relationships": (201, lambda: rule(b'"relationships":' + array(b"{}", 1_000_000))),
    "a million tags": (
        201,
        lambda: result(b'"properties":{"tags":' + array(b'"tag"', 1_000_000) + b"}"),
    ),
    "a million properties": (201, lambda: result(b'"properties":' + table(b"1", 1_000_000))),
    "a million fingerprints": (
        201,
        lambda: result(b'"partialFingerprints":' + table(b'"a"', 1_000_000)),
    ),
    "a million messages of a rule": (
        201,
        lambda: rule(b'"messageStrings":' + table(b"{}", 1_000_000)),
    ),
    "a million arguments": (
        201,
        lambda: message(b"{0}", b',"arguments":' + array(b'"ab"', 1_000_000)),
    ),
    "four million empty texts": (
        413,
        lambda: message(b"", b',"arguments":' + array(b'""', 4_100_000)),
    ),
    "a text of 200 MB": (201, lambda: message(b"x" * 200_000_000)),
    "ten million escapes": (201, lambda: message(rb"\u0000" * 10_000_000)),
    "thirty million escaped quotes": (201, lambda: message(rb"\"" * 30_000_000)),
    "ten million halves of characters": (400, lambda: message(rb"\ud800" * 10_000_000)),
    "ten million backslashes before half of a character": (
        400,
        lambda: message(rb"\\" * 10_000_000 + rb"\ud800"),
    ),
    "a message that its arguments blow up": (
        201,
        lambda: message(b"{0}" * 30_000, b',"arguments":["' + b"y" * 100_000 + b'"]'),
    ),
    "base ids that lengthen each other": (
        201,
        lambda: located(
            b'"uri":"%d","uriBaseId":"k0"',
            20_000,
            b',"originalUriBaseIds":{'
            + b",".join(
                b'"k%x":{"uri":"%s","uriBaseId":"k%x"}' % (n, b"a/" * 4_900, n + 1)
                for n in range(20)
            )
            + b"}",
        ),
    ),
    "many roots for many files": (
        201,
        lambda: located(
            b'"uri":"file:///z%d/a"',
            20_000,
            b',"versionControlProvenance":' + numbered(b'{"mappedTo":{"uri":"/b%d"}}', 900),
        ),
    ),
    "long paths of many parts": (
        201,
        lambda: located(b'"uri":"%d/' + b"a/" * 4_900 + b'"', 1_000),
    ),
}

MULTIPARTS: dict[str, tuple[int, Callable[[], bytes]]] = {
    "many small files": (400, lambda: file_part(CLEAN) * 20_000 + b"--B--\r\n"),
    "many fields": (400, lambda: file_part(b"x", b"commit") * 20_000 + b"--B--\r\n"),
    "a field of 20 MB": (400, lambda: file_part(b"x" * 20_000_000, b"commit") + b"--B--\r\n"),
    "the name of a field of 1 MB": (400, lambda: file_part(b"x", b"n" * 1_000_000) + b"--B--\r\n"),
    "a file without a name": (
        400,
        lambda: file_part(CLEAN, b'x"; filename="a.sarif') + b"--B--\r\n",
    ),
    "no last boundary": (400, lambda: file_part(CLEAN[:40]).rstrip()),
    "nothing but boundaries": (400, lambda: b"--B\r\n" * 1_000_000),
    "files that are too large together": (
        413,
        lambda: file_part(gzip.compress(b" " * 100_000_000, 9)) * 3 + b"--B--\r\n",
    ),
}


def _sent_as(
    headers: dict[str, str],
    pack: Callable[[bytes], bytes],
    cases: dict[str, tuple[int, Callable[[], bytes]]],
) -> dict[str, Callable[[], Upload]]:
    def upload(status: int, make: Callable[[], bytes]) -> Callable[[], Upload]:
        return lambda: (status, pack(make()), headers)

    return {name: upload(*case) for name, case in cases.items()}


def members() -> Upload:
    return 413, gzip.compress(b"") * 1_000_000, GZIP


def bomb() -> Upload:
    """A gigabyte of zeros, packed piece by piece."""
    return 413, gzip.compress(b"\0" * 10_000_000) * 100, GZIP


UPLOADS: dict[str, Callable[[], Upload]] = {
    **_sent_as({}, bytes, PLAIN),
    **_sent_as(GZIP, lambda body: gzip.compress(body, 1), PACKED),
    **_sent_as(MULTIPART, bytes, MULTIPARTS),
    "a million members of gzip": members,
    "a gigabyte of zeros": bomb,
}
