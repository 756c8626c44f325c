"""Reports of a shape from a seed: right, missing, wrong, odd and huge values; and broken bytes."""

import gzip
import json
import random
import re

from tests.scans.fuzz.shapes import FORMATS

WORDS = (
    "R1", "R1/a", "B105", "B602", "CVE-2024-1234", "CVE-2024-1234-openssl", "GHSA-aaaa-bbbb-cccc",
    "CWE-79", "cwe-000089", "external/cwe/cwe-0798", "CWE-99999", "security", "crypto", "79",
    "aws-access-token", "generic-api-key", "lodash", "@a/b", "1.2.3", "k", "",
)  # fmt: skip
LEVELS = ("error", "warning", "note", "none", "CRITICAL", "High", "medium", "low", "unknown")
TOOLS = (
    "Bandit", "gitleaks", "Grype", "Trivy", "Checkov", "ESLint", "Ruff", "CodeQL", "Semgrep OSS",
    "flawfinder", "TruffleHog", "SonarQube", "Some Scanner", "x" * 300,
)  # fmt: skip
URIS = (
    "a.py", "src/a.py", "../../b", "file:///home/x/c.tf", "file://host/x", "C:\\a\\d.py", "%00",
    "%ff%fe", "/x/y/Dockerfile", "javascript:alert(1)", "k8s/deploy.yaml", "a/" * 600, "", "/",
    "..", "file:", "A" * 1_500,
)  # fmt: skip
PURLS = ("pkg:npm/%40a/b@1.2", "pkg:maven/g/a@1?type=jar", "pkg:pypi/Some_Pkg@1", "pkg:", "x")
NUMBERS = (
    0, 1, 2, 3, 79, -1, 5.0, 7.5, 9.8, "9.8", "5", 2**31 - 1, 2**31, 2**63 - 1, 1e308, 1e-320, -0.0,
    65_536, 100,
)  # fmt: skip
TEXTS = (
    "Look here.", "a\x00b", "\ud800", "\udc00x", "\U0001f600", "{0} and {1}", "{0}" * 500, "\\",
    '"', "\x1f",
    "\x7f", "\u2028", "e\u0301", "x" * 2_500, "\t\n\r", "=cmd|' /C calc'!A0", "\\.", "\\N",
    "Package: openssl\nInstalled Version: 1", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
)  # fmt: skip
LEAVES = {
    "word": WORDS,
    "level": LEVELS,
    "tool": TOOLS,
    "uri": URIS,
    "purl": PURLS,
    "number": NUMBERS,
    "text": TEXTS + WORDS,
    "flag": (True, False),
}
WRONG = (
    None, True, 0, -1, 1.5, "x", "", [], {}, [[]], [None], {"a": {}}, [1, "a", None], 2**63,
    10**400,
)  # fmt: skip
TOKENS = (
    b"{", b"}", b"[", b"]", b",", b":", b'"', b"\\", b"null", b"NaN", b"1e999", b"\\u0000",
    b"\\ud800",
    b"\xff", b"\xc3", b"\x00", b"9" * 400, b'"results":', b'"runs":', b"[" * 120, b"\xef\xbb\xbf",
)  # fmt: skip
SCALAR = re.compile(rb'(?<=: )(?:"[^"\\]*"|-?\d+|true|false|null)')


def seeded(seed: int) -> random.Random:
    """Chance that is the same for a seed everywhere."""
    return random.Random(seed)  # noqa: S311 - nothing secret comes of it


class Maker:
    """Makes values of one format's shapes; how often a value is wrong differs from seed to seed."""

    def __init__(self, chance: random.Random, shapes: dict) -> None:
        self.chance = chance
        self.shapes = shapes
        self.wrong = chance.choice((0.0, 0.0, 0.002, 0.01, 0.1))
        self.kept = chance.choice((0.3, 0.6, 0.95))

    def make(self, shape):
        """A value of this shape, or one that does not fit."""
        if self.chance.random() < self.wrong:
            return self.chance.choice(WRONG)
        if isinstance(shape, str):
            return self._named(shape)
        if isinstance(shape, list):
            return [self.make(shape[0]) for _ in range(self._length())]
        if isinstance(shape, (set, frozenset)):
            return self.chance.choice(sorted(shape))
        return self._object(shape)

    def _named(self, name):
        if name in self.shapes:
            return self.make(self.shapes[name])
        if name == "any":
            return self.chance.choice(WRONG)
        if name == "bag":
            return self.make(FORMATS["sarif"]["bag"])
        return self.chance.choice(LEAVES[name])

    def _object(self, shape):
        made = {}
        for name, inner in shape.items():
            if name == "*":
                for _ in range(self._length()):
                    made[self.chance.choice((*WORDS, *TEXTS[:6], "primaryLocationLineHash"))] = (
                        self.make(inner)
                    )
            elif name.endswith("!") or self.chance.random() < self.kept:
                made[name.removesuffix("!")] = self.make(inner)
        return made

    def _length(self):
        return self.chance.choice((0, 1, 1, 1, 2, 3))


def report(seed: int) -> bytes:
    """A structured report of any format."""
    chance = seeded(seed)
    name = "sarif" if seed % 2 else chance.choice(sorted(FORMATS))
    shapes = FORMATS[name]
    maker = Maker(chance, shapes)
    ascii_only = chance.random() < 0.7
    if shapes["log"] == "lines":
        lines = [maker.make("line") for _ in range(maker._length())]
        return b"\n".join(dumped(line, ascii_only) for line in lines)
    return dumped(maker.make("log"), ascii_only)


def dumped(document, ascii_only=True) -> bytes:
    """JSON in UTF-8, which holds half a character only as an escape."""
    return json.dumps(document, ensure_ascii=ascii_only).encode("utf-8", "replace")


def broken(seed: int) -> bytes:
    """A structured report whose bytes were changed, cut, doubled or mixed."""
    chance = seeded(seed)
    content = bytearray(report(chance.randrange(1 << 30)) or b" ")
    for _ in range(chance.choice((1, 1, 1, 2))):
        chance.choice((_swap, _swap, _flip, _cut, _insert, _double, _drop))(chance, content)
    return bytes(content)


def _swap(chance, content):
    """Put another value in the place of one, so that it stays JSON."""
    places = [found.span() for found in SCALAR.finditer(content)]
    if places:
        start, end = chance.choice(places)
        content[start:end] = dumped(chance.choice((*WRONG, *TEXTS, *NUMBERS)))


def _flip(chance, content):
    if content:
        content[chance.randrange(len(content))] = chance.randrange(256)


def _cut(chance, content):
    del content[chance.randrange(len(content) + 1) :]


def _insert(chance, content):
    place = chance.randrange(len(content) + 1)
    content[place:place] = chance.choice(TOKENS)


def _double(chance, content):
    start = chance.randrange(len(content) + 1)
    content[start:start] = content[start : start + chance.randrange(1, 200)]


def _drop(chance, content):
    start = chance.randrange(len(content) + 1)
    del content[start : start + chance.randrange(1, 50)]


def random_json(seed: int) -> bytes:
    """JSON of no format, its names taken from all of them."""
    chance = seeded(seed)
    names = [name.removesuffix("!") for shapes in FORMATS.values() for name in shapes["log"]]

    def value(depth):
        kind = chance.randrange(6 if depth < 6 else 2)
        if kind < 2:
            return chance.choice((*WRONG, *NUMBERS, *WORDS))
        if kind < 4:
            return [value(depth + 1) for _ in range(chance.randrange(4))]
        return {chance.choice(names): value(depth + 1) for _ in range(chance.randrange(5))}

    return dumped(value(0))


def random_bytes(seed: int) -> bytes:
    """Bytes without sense: any, or pieces of JSON, with a mark of a format or encoding before."""
    chance = seeded(seed)
    start = chance.choice((b"", b"", b"\xff\xfe", b"\xfe\xff", b"\x1f\x8b", b"\xef\xbb\xbf", b"[{"))
    if chance.random() < 0.5:
        return start + chance.randbytes(chance.randrange(300))
    return start + b"".join(chance.choices(TOKENS, k=chance.randrange(40)))


def packed(content: bytes, seed: int) -> bytes:
    """The same in gzip, its stream sometimes damaged."""
    chance = seeded(seed)
    stream = bytearray(gzip.compress(content, 1))
    if chance.random() < 0.5:
        chance.choice((_flip, _cut, _insert, _double))(chance, stream)
    return bytes(stream)
