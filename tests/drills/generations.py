"""`serve` as it is replaced by itself: a new one on the same socket, then the old one ends."""

import os
import signal

from tests.faults.product import children_of, is_running
from tests.faults.waiting import until


class Generations:
    def __init__(self, product):
        self.product = product
        self.pid = product.web.pid
        self.replaced = 0

    def replace(self):
        old = self.pid
        known = children_of(old)
        # One that its parent has left alone knows it within a second, and can be replaced then.
        until(lambda: self._told("Master has been promoted") == self.replaced)
        os.kill(old, signal.SIGUSR2)
        (self.pid,) = until(lambda: [pid for pid in children_of(old) if pid not in known])
        # It serves once its own process has started, and the reader of that.
        until(lambda: any(children_of(process) for process in children_of(self.pid)))
        os.kill(old, signal.SIGTERM)
        until(lambda: not is_running(old))
        self.replaced += 1

    def _told(self, words):
        return self.product.log.read_text().count(words)

    def stop(self):
        """End the last one, which is no child of the tests; the first is the product's to end."""
        if self.pid != self.product.web.pid:
            os.kill(self.pid, signal.SIGTERM)
            until(lambda: not is_running(self.pid))
