from collections import Counter

import pytest

from codestax.common.errors import ReportFormatError
from scans.domain.formats import detect_secrets
from tests.scans.domain import corpus
from tests.scans.domain.formats.reading import finding, read, read_text


def baseline(*secrets, path="config/prod.yml", **more):
    return {
        "version": "1.5.0",
        "plugins_used": [{"name": "AWSKeyDetector"}, {"name": "KeywordDetector"}],
        "filters_used": [{"path": "detect_secrets.filters.allowlist.is_line_allowlisted"}],
        "results": {path: list(secrets)} if secrets else {},
        "generated_at": "2024-05-01T10:00:00Z",
        **more,
    }


def secret(kind="AWS Access Key", line=3, **more):
    hashed = "0123456789abcdef0123456789abcdef01234567"
    return {"type": kind, "line_number": line, "hashed_secret": hashed, **more}


def test_a_secret_is_told_by_its_plugin_file_and_line():
    found = finding(detect_secrets, baseline(secret()))

    assert (found["check_type"], found["rule_id"], found["message"]) == (
        "secrets",
        "AWS Access Key",
        "AWS Access Key",
    )
    assert (found["path"], found["line"]) == ("config/prod.yml", 3)


@pytest.mark.parametrize(
    ("kind", "is_verified", "severity"),
    [
        ("AWS Access Key", False, "critical"),
        ("Hex High Entropy String", False, "high"),
        ("Hex High Entropy String", True, "critical"),
    ],
)
def test_entropy_alone_is_high_unless_verified(kind, is_verified, severity):
    found = finding(detect_secrets, baseline(secret(kind, is_verified=is_verified)))

    assert found["severity"] == severity


@pytest.mark.parametrize(
    ("is_secret", "is_suppressed"), [(False, True), (True, False), (None, False)]
)
def test_what_an_audit_found_to_be_no_secret_is_suppressed(is_secret, is_suppressed):
    found = finding(detect_secrets, baseline(secret(is_secret=is_secret)))

    assert found["is_suppressed"] is is_suppressed


def test_a_run_names_its_version_and_proves_that_secrets_were_looked_for():
    run = read(detect_secrets, baseline())

    assert (run.tool, run.version, run.check_types) == ("detect-secrets", "1.5.0", {"secrets"})
    assert (run.is_complete, run.rows) == (True, [])


def test_without_plugins_nothing_was_looked_for():
    assert not read(detect_secrets, baseline(plugins_used=[])).is_complete


def test_paths_of_windows_are_read():
    assert finding(detect_secrets, baseline(secret(), path="src\\a.py"))["path"] == "src/a.py"


def test_a_hash_is_not_kept():
    assert "0123456" not in repr(read(detect_secrets, baseline(secret(), secret("Other", 3))))


@pytest.mark.parametrize(
    ("results", "place"),
    [({"a": 5}, r"\$\.results\[\.\.\.\]"), ({"a": [[]]}, r"\$\.results\[\.\.\.\]\[0\]")],
)
def test_a_value_that_cannot_be_read_is_named_by_its_place(results, place):
    with pytest.raises(ReportFormatError, match=f"valid detect-secrets JSON.* at {place}"):
        read(detect_secrets, baseline(results=results))


def test_every_secret_of_a_real_baseline_is_read():
    corpus.require()
    name = "detect-secrets-terragoat.json"
    listed = corpus.manifest("dev")[name]

    run = read_text(detect_secrets, corpus.content(name))

    assert run.results == listed["results"] == 55
    assert len({row[4] for row in run.rows}) == listed["files"]
    # Three values in one line each were found by two plugins, and are one secret each.
    found = Counter(row[3] for row in run.rows)
    assert Counter(listed["by_type"]) - found == {
        "Hex High Entropy String": 1,
        "Base64 High Entropy String": 2,
    }
    assert (run.version, run.duplicates, run.is_complete) == (listed["version"], 3, True)
    assert not any(row[8] for row in run.rows)
