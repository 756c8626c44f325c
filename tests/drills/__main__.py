"""The drills with their full figures: `python -m tests.drills [what pytest takes]`.

Takes some minutes. Within the suite the same drills do less (tests/drills/size.py).
"""

import os
import subprocess
import sys
from pathlib import Path

from codestax.env import env_str

ROOT = Path(__file__).parents[2]
VAR = Path(env_str("CODESTAX_VAR", default=str(ROOT / "var")))


def main(*arguments):
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:randomly"]
    command += ["--override-ini", "testpaths=tests/drills"]  # unless the arguments name a file
    done = subprocess.run(
        [*command, *arguments], cwd=ROOT, env=os.environ | {"DRILLS": "full"}, check=False
    )
    sys.stdout.write(f"\n{(VAR / 'drills.txt').read_text('utf-8')}")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
