"""The table of what was measured beside its limits, and whether one of them is broken."""

import statistics
from collections.abc import Sequence

# Names of what was over its limit, for the exit code.
broken: list[str] = []


def judged(name: str, values: Sequence[float], most: float | None) -> None:
    """Print the median of the rounds beside its limit, if it has one.

    Every value is a ratio taken within one round, so that slow minutes of the machine meet both of
    its sides. A limit counts as broken when all rounds but one are over it: a median that is over
    it by chance has rounds on both sides, and one round may always be lucky.
    """
    middle, spread = statistics.median(values), f"({min(values):.2f} to {max(values):.2f})"
    is_broken = most is not None and sorted(values)[min(1, len(values) - 1)] > most
    if is_broken:
        broken.append(name.strip())
    wanted = "" if most is None else f"at most {most:g}"
    print(f"  {name:<52}{middle:>8.2f}   {wanted:<14}{spread}{'  OVER' if is_broken else ''}")
