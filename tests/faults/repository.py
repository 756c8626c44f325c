"""One repository of a running product: what is sent to it, and what it holds."""

import json

from tests.faults.waiting import until


class Repository:
    def __init__(self, product, pk):
        self.product = product
        self.pk = pk

    def upload(self, commit, body, **headers):
        path = f"/api/repos/{self.pk}/scans?commit={commit}"
        return self.product.send("POST", path, body, **headers)

    def upload_until_answered(self, commit, body, **headers):
        """Send again, as a client does that was answered 503 or not at all."""

        def answered():
            answer = self.upload(commit, body, **headers)
            return answer if answer and answer[0] != 503 else None

        return until(answered)

    def is_done(self):
        """Whether no upload waits any more."""
        return not self.product.one(
            """SELECT count(*) FROM scans_upload u JOIN scans_scan s ON s.id = u.scan_id
            WHERE s.repository_id = %s AND u.finished_at IS NULL""",
            self.pk,
        )

    def uploads(self):
        """(commit, status, attempts) of each."""
        return self.product.rows(
            """SELECT s.commit, u.status, u.attempts FROM scans_upload u
            JOIN scans_scan s ON s.id = u.scan_id
            WHERE s.repository_id = %s ORDER BY u.id""",
            self.pk,
        )

    def scans(self):
        """The commits that were scanned, in their order."""
        rows = self.product.rows(
            "SELECT commit FROM scans_scan WHERE repository_id = %s ORDER BY position", self.pk
        )
        return [commit for (commit,) in rows]

    def newest_upload(self):
        return self.product.one("SELECT max(id) FROM scans_upload")

    def waited(self):
        """From reception to the end of its newest upload, for people."""
        seconds = self.product.one(
            """SELECT extract(epoch FROM u.finished_at - u.received_at)::float FROM scans_upload u
            JOIN scans_scan s ON s.id = u.scan_id WHERE s.repository_id = %s
            ORDER BY u.id DESC LIMIT 1""",
            self.pk,
        )
        return f"{seconds:.1f} s"

    def reason(self):
        """Of the only failed upload."""
        return self.product.one(
            """SELECT u.reason FROM scans_upload u JOIN scans_scan s ON s.id = u.scan_id
            WHERE s.repository_id = %s AND u.status = 'failed'""",
            self.pk,
        )

    def bodies(self):
        """How many reports are still kept for a worker, whosever they are."""
        return self.product.one("SELECT count(*) FROM scans_uploadbody")

    def stored(self):
        """How often the audit log says that a report was stored by a worker."""
        return self.product.one(
            """SELECT count(*) FROM audit_auditlogsaas a JOIN scans_scan s
            ON s.id = (a.metadata->>'scan')::bigint
            WHERE a.action = 'SCAN_STORED' AND s.repository_id = %s""",
            self.pk,
        )

    def counts(self, commit):
        """Of the commit's only report."""
        found = self.product.one(
            """SELECT a.counts FROM scans_analysis a JOIN scans_scan s ON s.id = a.scan_id
            WHERE s.repository_id = %s AND s.commit = %s""",
            self.pk,
            commit,
        )
        return {name: found[name] for name in ("opened", "closed", "unchanged")}

    def holds(self):
        """All that the product knows of the repository's findings, without ids and times."""
        return {
            "findings": self.product.rows(_FINDINGS, self.pk),
            "scans": [
                (commit, status, _timeless(evidence))
                for commit, status, evidence in self.product.rows(_SCANS, self.pk)
            ],
            "analyses": self.product.rows(_ANALYSES, self.pk),
        }


_FINDINGS = """
SELECT count(*), count(*) FILTER (WHERE f.closed_scan_id IS NULL), md5(string_agg(
    concat_ws('|', tool, category, encode(fingerprint, 'hex'), o.commit, c.commit, severity), ','
    ORDER BY tool, category, fingerprint, o.commit))
FROM scans_finding f JOIN scans_scan o ON o.id = f.opened_scan_id
LEFT JOIN scans_scan c ON c.id = f.closed_scan_id
WHERE f.repository_id = %s
"""
_SCANS = """
SELECT commit, status, evidence FROM scans_scan WHERE repository_id = %s ORDER BY position
"""
_ANALYSES = """
SELECT s.commit, a.tool, a.category, a.is_complete, a.check_types, a.counts
FROM scans_analysis a JOIN scans_scan s ON s.id = a.scan_id
WHERE s.repository_id = %s ORDER BY s.position, a.tool, a.category
"""


def _timeless(evidence):
    if evidence is None:
        return None
    known = json.loads(evidence)
    reports = [(report["tool"], report["check_types"]) for report in known["reports"]]
    findings = [(*group, reports[number][0]) for *group, number in known["findings"]]
    return sorted(reports), sorted(findings)
