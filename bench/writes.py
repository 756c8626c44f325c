"""Changes of one organization's selection against a bare write, on many connections.

All changes of an organization take turns: each holds its lock from the check of what is there to
the commit of the audit entry. The bare write changes one row of the same organization and commits.
"""

import json
import statistics
import time
from itertools import count
from threading import Thread

from bench.data import line
from bench.limits import judged
from bench.server import Client, Server

CONNECTIONS, ROUNDS, SECONDS = 8, 5, 4.0
ENABLED = "/api/compliance/frameworks/enabled"
BODIES = [json.dumps({"keys": keys}) for keys in (["soc2"], ["owasp", "soc2"], ["iso27001"])]


def measure(server: Server, key: str) -> None:
    """The server runs with as many workers as `serve` has by default."""
    print(f"\nChanges of one organization on {CONNECTIONS} connections\n")
    Client(server.port, key).put(ENABLED, BODIES[0])  # the row that the bare write changes
    changes, ratios = [], []
    for _ in range(ROUNDS):
        bare = _per_second(server, key, "/bare-write")
        changes.append(_per_second(server, key, ENABLED))
        ratios.append(changes[-1] / bare)
    line("changes a second", statistics.median(changes))
    judged("changes a second / bare writes a second", ratios, None)


def _per_second(server: Server, key: str, path: str) -> float:
    sent = [0] * CONNECTIONS
    ends = time.perf_counter() + SECONDS

    def send(connection: int) -> None:
        client = Client(server.port, key)
        for number in count(connection):
            if time.perf_counter() >= ends:
                return
            client.put(path, BODIES[number % len(BODIES)])
            sent[connection] += 1

    threads = [Thread(target=send, args=[number]) for number in range(CONNECTIONS)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(sent) / (time.perf_counter() - started)
