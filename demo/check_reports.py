"""Checks the reports and the timeline: valid files, no path of the machine, nothing missing; prints the counts."""
import json
import re
import sys
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
MACHINE = re.compile(r'(?:file://|["\s])/(?:work|tmp|root|home|Users|private)/')
GATES = {"passed", "warning", "failed"}


def level(result: dict, run: dict) -> str:
    if "level" in result:
        return result["level"]
    rules = {r["id"]: r for r in run["tool"]["driver"].get("rules", [])}
    return rules.get(result.get("ruleId"), {}).get("defaultConfiguration", {}).get("level", "-")


def check_report(path: Path) -> list[str]:
    text = path.read_text(encoding="utf-8")
    log = json.loads(text)
    name = path.relative_to(HERE).as_posix()
    for run in log["runs"]:
        driver = run["tool"]["driver"]
        ended = [i.get("executionSuccessful") for i in run.get("invocations", [])]
        levels = dict(sorted(Counter(level(r, run) for r in run["results"]).items()))
        print(f"{name}: {driver['name']} {driver.get('version') or driver.get('semanticVersion', '?')}, "
              f"{len(run['results'])} results {levels}, successful: {ended or 'not stated'}, {len(text)} bytes")
    wrong = [] if log.get("version") == "2.1.0" else [f"{name}: version {log.get('version')}"]
    return wrong + [f"{name}: names a path of the machine" for _ in MACHINE.findall(text)[:1]]


def check_timeline() -> list[str]:
    wrong = []
    for repository in json.loads((HERE / "timeline.json").read_text(encoding="utf-8")):
        scans = repository["scans"]
        name = repository["name"]
        if [s["days_ago"] for s in scans] != sorted((s["days_ago"] for s in scans), reverse=True):
            wrong.append(f"{name}: scans are not in order")
        for scan in scans:
            wrong += [f"{name}: {r} is missing" for r in scan["reports"] if not (HERE / r).is_file()]
            if not re.fullmatch("[0-9a-f]{40}", scan["commit"]) or scan["quality_gate"] not in GATES:
                wrong.append(f"{name}: commit or quality gate of {scan['commit']}")
            if scan["pull_requests_reviewed"] > scan["pull_requests_merged"]:
                wrong.append(f"{name}: more reviews than merges in {scan['commit']}")
        if len({s["commit"] for s in scans}) != len(scans):
            wrong.append(f"{name}: a commit twice")
    return wrong


if __name__ == "__main__":
    faults = [f for path in sorted((HERE / "reports").rglob("*.sarif")) for f in check_report(path)]
    faults += check_timeline()
    sys.exit("\n".join(faults) if faults else 0)
