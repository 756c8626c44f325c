"""R15 with former releases: `python -m tests.drills.former [commit or tag ...]`.

Each serves while the present migrations are applied, and runs its own quick tests on their schema.
Without an argument it is the one of release.py. Takes ten minutes for each.
"""

import os
import shutil
import sys

from tests.drills.__main__ import VAR
from tests.drills.__main__ import main as drill
from tests.drills.former.own_tests import failed_ones_on_its_own_schema, on_the_present_schema
from tests.drills.former.release import checked_out, described, former_commit
from tests.faults.cluster import cluster


def main():
    return max([_drill_one(name) for name in sys.argv[1:] or [""]])


def _drill_one(name):
    os.environ["FORMER_RELEASE"] = name
    served = drill("tests/drills/test_former_release.py")
    return max(served, _tell_own_tests(former_commit()))


def _tell_own_tests(commit):
    outcome, anyway = _own_tests(commit)
    lines = [
        f"Own tests of {described(commit)} on the present schema: {outcome.passed} passed, "
        f"{outcome.skipped} skipped, {len(outcome.failed)} failed, "
        f"of which {len(outcome.failed & anyway)} on its own schema too.",
        *(f"  {test}{' (too)' if test in anyway else ''}" for test in sorted(outcome.failed)),
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    return int(bool(outcome.failed - anyway))


def _own_tests(commit):
    """Returns the outcome, and the names of those that fail on the release's own schema too."""
    anyway = set()
    with cluster() as postgresql, checked_out(commit) as release:
        outcome = on_the_present_schema(release, postgresql.accounts)
        if outcome.failed:
            anyway = failed_ones_on_its_own_schema(release, postgresql.accounts).failed
        shutil.copy(release.told, VAR / f"former_{commit[:10]}.txt")
    return outcome, anyway


if __name__ == "__main__":
    sys.exit(main())
