"""Pwned Passwords as their downloader writes them: lines of `SHA-1:COUNT`, sorted by the digest.

Tens of gigabytes: a digest is found by halving the bytes, a few dozen short reads.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

_DIGEST_BYTES = 40  # of a SHA-1, in upper-case hex
_LINE = re.compile(rb"[0-9A-F]{40}:[0-9]{1,20}\r?")
_MOST_BYTES = 64  # more than any such line has, with its end


class NotAListError(Exception):
    """The bytes are no such list; the text says what they are, as the end of a sentence."""


@dataclass(frozen=True)
class BreachedPasswords:
    """A list of `size` bytes; `read(offset, count)` gives `count` of them, fewer at the end alone.

    What reads a line that is none raises NotAListError.
    """

    read: Callable[[int, int], bytes]
    size: int

    def __contains__(self, digest: str) -> bool:
        wanted = digest.encode()
        low, high = 0, self.size  # the wanted line begins from here on, and before there
        while low < high:
            start, line = self._line_at((low + high) // 2)
            found = line[:_DIGEST_BYTES]
            if found == wanted:
                return True
            if found < wanted:
                low = start + len(line) + 1
            else:
                high = start
        return False

    def examine(self, probes: int) -> None:
        """Look at so many places from the first line to the last: NotAListError at what is wrong.

        To read all of it takes minutes; a list of another form or order shows in any few lines.
        """
        if not self.size:
            raise NotAListError("is empty")
        last = b""
        for number in range(probes):
            line = self._line_at(number * (self.size - 1) // (probes - 1))[1]
            if line[:_DIGEST_BYTES] < last:
                raise NotAListError("is not sorted by its digests")
            last = line[:_DIGEST_BYTES]

    def _line_at(self, offset: int) -> tuple[int, bytes]:
        """Where the line begins that the byte at `offset` is in, and the line without its end."""
        begin = max(0, offset - _MOST_BYTES)
        around = self.read(begin, 2 * _MOST_BYTES)
        at = offset - begin
        start = around.rfind(b"\n", 0, at) + 1
        # Where no end is in sight, of either side, what is cut out is too long for a line.
        line = around[start:].partition(b"\n")[0]
        if not _LINE.fullmatch(line):
            raise NotAListError("has a line that is no SHA-1 in upper case with its count")
        return begin + start, line
