"""Secrets made once and kept in a folder, for use on loopback only."""

import os
import secrets
from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile


def random_text() -> str:
    return secrets.token_urlsafe(64)


def random_seed() -> str:
    """The 32 bytes of an Ed25519 key, as base64."""
    return b64encode(secrets.token_bytes(32)).decode()


def local_secret(folder: Path, name: str, make: Callable[[], str]) -> str:
    path = folder / f"{name.lower()}.txt"
    folder.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        # Linked when it is whole: of two that start at once, both read the one that came first.
        with NamedTemporaryFile("w", dir=folder, encoding="utf-8") as handle:
            handle.write(make())
            handle.flush()
            with suppress(FileExistsError):
                os.link(handle.name, path)
    return path.read_text(encoding="utf-8")
