"""What a browser calls itself, as a person would say it."""

import pytest

from orgs.domain.browsers import MOST_CHARS, browser_of

SAFARI = "Version/26.1 Safari/605.1.15"
CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0"
IPHONE = "(iPhone; CPU iPhone OS 26_1 like Mac OS X)"


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Firefox/145.0", "Firefox on Linux"),
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Safari/537.36", "Chrome on Windows"),
        (f"Mozilla/5.0 (Windows NT 10.0) {CHROME} Safari/537.36 Edg/142.0", "Edge on Windows"),
        (f"Mozilla/5.0 (X11; CrOS x86_64 14541) {CHROME} Safari/537.36", "Chrome on ChromeOS"),
        (f"Mozilla/5.0 (Linux; Android 16) {CHROME} Mobile Safari/537.36", "Chrome on Android"),
        (f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {SAFARI}", "Safari on macOS"),
        (f"Mozilla/5.0 {IPHONE} {SAFARI}", "Safari on iPhone"),
        (f"Mozilla/5.0 {IPHONE} CriOS/142.0 {SAFARI}", "Chrome on iPhone"),
        ("Firefox/1.0", "Firefox"),
        ("curl/8.14.1", "curl/8.14.1"),
        ("", ""),
    ],
)
def test_a_browser_is_said_with_its_system(sent, said):
    assert browser_of(sent) == said


def test_what_is_no_known_browser_is_cut():
    assert browser_of("x" * 500) == "x" * (MOST_CHARS - 1) + "…"
