"""Of a secret nothing is kept but where it is, whatever a scanner writes of it."""

import json
import string

from hypothesis import given
from hypothesis import strategies as st

from scans.domain.ingest import parse
from tests.scans.domain.formats.test_detect_secrets import baseline, secret
from tests.scans.domain.formats.test_gitleaks import leak, old_leak
from tests.scans.domain.formats.test_trufflehog import found, lines, logged
from tests.scans.domain.reports import LIMITS

PIECE = 6
# Words of the reports themselves hold no such letters.
LETTERS = "".join(set(string.ascii_uppercase + "9+/=_") - set("AWS"))
PLANTED = st.text(LETTERS, min_size=PIECE, max_size=60)
PERSON = {"Author": "", "Email": "", "Message": "", "Commit": "", "Link": "", "SymlinkFile": ""}
OLD_NAMES = ("line", "offender", "commit", "repoURL", "leakURL", "commitMessage", "author", "email")


def of_gitleaks(text):
    new = dict.fromkeys([*PERSON, "Secret", "Match", "Fingerprint", "Line"], f"x {text} y")
    old = dict.fromkeys(OLD_NAMES, f"x {text} y")
    return json.dumps([leak(**new, Tags=[text]), old_leak(**old, tags=text, file="b.py")]).encode()


def of_detect_secrets(text):
    other = secret(line=8, hashed_secret=text, secret=text, filename=text)
    return json.dumps(baseline(secret(hashed_secret=text), other, generated_at=text)).encode()


def of_trufflehog(text):
    people = {"commit": text, "email": text, "link": text, "timestamp": text, "repository": text}
    place = {"Git": {"file": "a.py", "line": 4, **people}}
    forms = dict.fromkeys(("Raw", "RawV2", "Redacted", "VerificationError", "SourceName"), text)
    old = {"path": "b.py", "reason": "High Entropy", "printDiff": text, "diff": text}
    return lines(
        found(place=place, **forms, ExtraData={text: text}, StructuredData={text: [text]}),
        {**old, "stringsFound": [text], "commit": text, "branch": text, "commitHash": text},
        logged(text, "error", error=text, errors=[text]),
    )


def pieces(text):
    return {text[start : start + PIECE] for start in range(len(text) - PIECE + 1)}


@given(PLANTED)
def test_no_piece_of_a_secret_is_kept(text):
    for report in (of_gitleaks(text), of_detect_secrets(text), of_trufflehog(text)):
        (run,) = parse(report, limits=LIMITS)

        kept = repr(run)
        assert [piece for piece in pieces(text) if piece in kept] == []
        assert len(run.rows) == 2
