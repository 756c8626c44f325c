import pytest

from codestax.common.acts import act
from tests.audit.conftest import answering

pytestmark = pytest.mark.django_db


def entry_of(entries, **meta):
    with answering(**meta), act("ANY", organization_id=1):
        pass
    return entries()[-1]


HOSTILE_AGENTS = {
    "line ends": ("curl\r\nINFO forged entry", "curl\ufffd\ufffdINFO forged entry"),
    "escape sequence": ("\x1b[2Jcurl", "\ufffd[2Jcurl"),
    "NUL": ("cu\x00rl", "cu\ufffdrl"),
    "64 KB": ("x" * 65536, "x" * 512),
    "line separator": ("a\u2028b\x85c", "a\ufffdb\ufffdc"),
}


@pytest.mark.parametrize(("sent", "stored"), HOSTILE_AGENTS.values(), ids=HOSTILE_AGENTS)
def test_s29_a_hostile_user_agent_is_one_line_of_at_most_512(new_entries, sent, stored):
    entry = entry_of(new_entries(), HTTP_USER_AGENT=sent)

    entry.refresh_from_db()
    assert entry.user_agent == stored


FORWARDED = {
    "no proxy: the header is nobody's word": (0, "1.2.3.4", "192.0.2.7"),
    "one proxy: what it added": (1, "6.6.6.6, 7.7.7.7, 198.51.100.4", "198.51.100.4"),
    "two proxies": (2, "6.6.6.6, 203.0.113.9, 10.0.0.1", "203.0.113.9"),
    "fewer hops than proxies: the peer": (2, "6.6.6.6", "192.0.2.7"),
    "IPv6": (1, "2001:db8::1", "2001:db8::1"),
    "IPv6 in brackets": (1, "[2001:db8::1]", "2001:db8::1"),
    "garbage": (1, "<script>", None),
    "with a zone": (1, "fe80::1%eth0", None),
    "with a zone of 10 KB": (1, "fe80::1%" + "x" * 10240, None),
    "with a port": (1, "198.51.100.4:51234", None),
    "10 KB": (1, "9" * 10240, None),
    "empty": (1, "", None),
}


@pytest.mark.parametrize(("proxies", "header", "ip"), FORWARDED.values(), ids=FORWARDED)
def test_s28_forwarded_for_is_believed_only_from_trusted_proxies(
    settings, new_entries, proxies, header, ip
):
    settings.TRUSTED_PROXIES = proxies

    entry = entry_of(new_entries(), REMOTE_ADDR="192.0.2.7", HTTP_X_FORWARDED_FOR=header)

    entry.refresh_from_db()
    assert entry.ip == ip
