"""Small SARIF reports for tests."""

import json


def result(rule="B602", path="app.py", line=1, **more):
    return {
        "ruleId": rule,
        "level": "error",
        "message": {"text": f"{rule} at {path}"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": path},
                    "region": {"startLine": line},
                }
            }
        ],
        **more,
    }


def report(*results, tool="Bandit", category=None, **run):
    """The bytes of a report with one run."""
    run = {"tool": {"driver": {"name": tool, "version": "1.0"}}, "results": list(results), **run}
    if category:
        run["automationDetails"] = {"id": category}
    return json.dumps({"version": "2.1.0", "runs": [run]}).encode()
