"""Points of the work at which a test may let a fault happen; nothing happens elsewhere.

The file named by FAIL_POINT_FILE holds a point's name and what happens there:

    upload.parsed kill      the process is killed, once: the file is gone then
    upload.parsed exit      the process ends there, each time
    upload.parsed wait      the process waits as long as the file holds this line

Production never reads the variable.
"""

import os
import signal
import time
from pathlib import Path

from django.conf import settings

_EXIT_CODE = 70
_PAUSE_SECONDS = 0.02


def reached(point: str) -> None:
    """Let the fault happen that is wanted at this point, if any."""
    name = os.environ.get("FAIL_POINT_FILE")
    if not name or settings.PRODUCTION:
        return
    path = Path(name)
    fault = _wanted(path, point)
    if fault == "kill":
        path.unlink()
        os.kill(os.getpid(), signal.SIGKILL)
    elif fault == "exit":
        os._exit(_EXIT_CODE)
    while fault == "wait":
        time.sleep(_PAUSE_SECONDS)
        fault = _wanted(path, point)


def _wanted(path: Path, point: str) -> str:
    try:
        wanted, _, fault = path.read_text(encoding="utf-8").strip().partition(" ")
    except FileNotFoundError:
        return ""
    return fault if wanted == point else ""
