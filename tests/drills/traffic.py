"""Clients that send requests at a steady pace, and what each of them was answered."""

import time
from collections import Counter
from contextlib import contextmanager
from itertools import count
from threading import Event, Lock, Thread
from typing import NamedTuple

from tests.drills.size import size
from tests.faults.waiting import until

CLIENTS = 4
REQUESTS_A_SECOND = size(12, 50)


class Seen(NamedTuple):
    """One request: when it was sent, how long it took, and its answer (None: it broke off)."""

    at: float
    seconds: float
    answer: object

    @property
    def status(self):
        return self.answer and self.answer.status


class Traffic:
    """`requests` are called in turn with their number; each returns an answer or None."""

    def __init__(self, *requests, clients=CLIENTS, a_second=REQUESTS_A_SECOND):
        self.requests = requests
        self.clients = clients
        self.pause = clients / a_second  # of each client
        self.numbers = count()
        self.seen = []
        self.errors = []
        self.is_over = Event()
        self.lock = Lock()

    @contextmanager
    def flowing(self):
        """Run the block beside the traffic; it begins and ends with requests that succeed."""
        clients = [Thread(target=self._send_on) for _ in range(self.clients)]
        for client in clients:
            client.start()
        try:
            self.until_answered(200)
            yield self
            self.until_answered(200)
        finally:
            self.is_over.set()
            for client in clients:
                client.join()
        assert self.errors == []

    def until_answered(self, status):
        """Wait until as many requests as there are kinds, sent from now on, get this status."""
        now = time.monotonic()
        until(lambda: self._answers_since(now)[status] >= len(self.requests))

    def statuses(self):
        return Counter(seen.status for seen in list(self.seen))

    def slowest(self):
        return max(seen.seconds for seen in self.seen)

    def answered(self, status):
        return [seen.answer for seen in self.seen if seen.status == status]

    def first(self, status, since):
        """Seconds from `since` to the first such answer of a request sent later."""
        ends = [seen.at + seen.seconds for seen in self.seen if seen.at >= since]
        found = [
            end - since
            for end, seen in zip(
                ends, [seen for seen in self.seen if seen.at >= since], strict=True
            )
            if seen.status == status
        ]
        return min(found)

    def _answers_since(self, moment):
        return Counter(seen.status for seen in list(self.seen) if seen.at >= moment)

    def _send_on(self):
        due = time.monotonic()
        while not self.is_over.wait(max(0.0, due - time.monotonic())):
            due = max(due + self.pause, time.monotonic())
            with self.lock:
                number = next(self.numbers)
            try:
                self._send(number)
            except Exception as error:  # noqa: BLE001 - it is the test's to see
                self.errors.append(error)

    def _send(self, number):
        began = time.monotonic()
        answer = self.requests[number % len(self.requests)](number)
        self.seen.append(Seen(began, time.monotonic() - began, answer))
