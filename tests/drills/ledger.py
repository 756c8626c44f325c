"""What a client was told of each of its writes, to hold against what the product kept.

Each write is a selection of controls that no other write sends, so that its audit entry is known by
it, and a write that was made twice would show.
"""

import json
from itertools import permutations
from threading import Lock

FRAMEWORK = "soc2"
CONTROLS = (
    "CC2.1",
    "CC3.2",
    "CC4.1",
    "CC4.2",
    "CC5.2",
    "CC6.1",
    "CC6.3",
    "CC6.6",
    "CC6.7",
    "CC6.8",
)
PATH = f"/api/compliance/frameworks/{FRAMEWORK}/controls"


class Ledger:
    def __init__(self, product):
        self.product = product
        self.lock = Lock()
        self.told = {}
        self.before = self.entries()
        used = set(self.before)
        self.selections = (keys for keys in permutations(CONTROLS, 5) if keys not in used)

    def write(self, *_):
        """Send the next selection; returns the answer, which is also put down."""
        with self.lock:
            keys = next(self.selections)
        answer = self.product.ask("PUT", PATH, json.dumps({"disabled": keys}))
        self.told[keys] = answer and answer.status
        return answer

    def acknowledged(self):
        return {keys for keys, status in self.told.items() if status == 200}

    def entries(self):
        """The selections of the audit log's entries, in its order."""
        return [
            tuple(keys)
            for (keys,) in self.product.rows(
                """SELECT metadata->'disabled' FROM audit_auditlogsaas
                WHERE action = 'COMPLIANCE_CONTROLS_UPDATED' ORDER BY seq"""
            )
        ]

    def kept(self):
        """The entries of this ledger's writes, in the audit log's order."""
        return self.entries()[len(self.before) :]

    def selection(self):
        return tuple(self.product.one("SELECT disabled FROM compliance_controlselection"))

    def check(self):
        """Nothing acknowledged is lost, nothing is there twice, the last entry is the state."""
        kept = self.kept()
        assert len(kept) == len(set(kept))
        assert self.acknowledged() <= set(kept) <= set(self.told)
        assert self.selection() == kept[-1]

    def verify(self):
        """The audit log's chain holds; else the command ends with an error."""
        assert "acme: OK." in self.product.manage("audit", "verify")
