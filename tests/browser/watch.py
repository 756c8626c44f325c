"""What no page may do, whatever a test is about: looked for in every context of a browser."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit


@dataclass
class Watch:
    """Errors of the console (refusals of the content security policy are such errors) and of
    scripts, dialogs, and requests to other hosts than `home`.

    That a document was answered with 403 or 404 is an error in the console, too; what it asks for
    itself must be there.
    """

    context: Any
    home: str
    faults: list[str] = field(default_factory=list)
    documents: set[str] = field(default_factory=set)

    def __post_init__(self):
        self.context.on("console", self._hear)
        self.context.on("weberror", lambda error: self.faults.append(f"script: {error.error}"))
        self.context.on("dialog", self._close)
        self.context.on("request", self._see)

    def _hear(self, message):
        is_answer = message.text.startswith("Failed to load resource: the server responded")
        if is_answer and message.location["url"] in self.documents:
            return
        if message.type in ("error", "warning", "assert"):
            self.faults.append(f"console: {message.text}")

    def _close(self, dialog):
        self.faults.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _see(self, request):
        if request.is_navigation_request():
            self.documents.add(request.url)
        if not request.url.startswith(("data:", "blob:")) and urlsplit(request.url).netloc != (
            urlsplit(self.home).netloc
        ):
            self.faults.append(f"request: {request.url}")
