"""How much a drill does: little within the suite, the whole of it for figures (DRILLS=full)."""

import os

IS_FULL = os.environ.get("DRILLS") == "full"


def size(small, full):
    return full if IS_FULL else small
