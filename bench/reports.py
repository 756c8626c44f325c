"""Generated SARIF of any size, shaped like what scanners write."""

import json
import random
from typing import Any

_RULES = 200
_FILES = 2_000
_LEVELS = ("error", "warning", "note")


def generated_report(results: int, *, seed: int = 1) -> bytes:
    """A report of one static analyser with `results` results: snippets, hashes, 200 rules."""
    return _log(_results(results, seed))


def changed_report(results: int, *, seed: int = 1) -> bytes:
    """The same report after a commit: in 1 % of its results something is another.

    Of those a quarter is gone, as many are new, and the others have moved to another line.
    """
    found = _results(results, seed)
    chance = random.Random(f"{seed} changed")  # noqa: S311
    touched = chance.sample(range(results), results // 100)
    gone = set(touched[: len(touched) // 4])
    for number in touched[len(touched) // 4 :]:
        region = found[number]["locations"][0]["physicalLocation"]["region"]
        region["startLine"] += 3
    new = [_result(results + number, chance) for number in range(len(gone))]
    return _log([one for number, one in enumerate(found) if number not in gone] + new)


def _log(results: list[dict[str, Any]]) -> bytes:
    driver = {"name": "CodeQL", "version": "2.20.4", "rules": _rules()}
    return json.dumps(
        {"version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": results}]}
    ).encode()


def _results(count: int, seed: int) -> list[dict[str, Any]]:
    chance = random.Random(seed)  # noqa: S311 - the same report on every run
    return [_result(number, chance) for number in range(count)]


def _rules() -> list[dict[str, Any]]:
    return [
        {
            "id": f"py/rule-{number}",
            "name": f"Rule{number}",
            "shortDescription": {"text": f"Weakness number {number}"},
            "defaultConfiguration": {"level": _LEVELS[number % 3]},
            "properties": {
                "security-severity": str(number % 10),
                "tags": ["security", f"external/cwe/cwe-{20 + number % 900:03}"],
            },
        }
        for number in range(_RULES)
    ]


def _result(number: int, chance: random.Random) -> dict[str, Any]:
    rule, line = chance.randrange(_RULES), chance.randrange(1, 4_000)
    return {
        "ruleId": f"py/rule-{rule}",
        "ruleIndex": rule,
        "message": {"text": f"This call passes value_{number} on without a check."},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": f"src/part_{number % _FILES}/module.py"},
                    "region": {
                        "startLine": line,
                        "startColumn": 5,
                        "snippet": {"text": f"    call_{number}(value_{number}, {line})"},
                    },
                }
            }
        ],
        "partialFingerprints": {"primaryLocationLineHash": f"{chance.getrandbits(64):x}:1"},
    }
