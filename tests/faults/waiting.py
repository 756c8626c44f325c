"""Waiting for what comes true by itself."""

import time

# What a fault may take to heal without a hand.
SECONDS = 90.0


def until(condition, seconds=SECONDS, pause=0.05):
    """Wait until `condition()` holds; returns what it returned."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{condition.__qualname__} did not come true in {seconds} s.")
        time.sleep(pause)
    return found
