"""Every change to repositories and scans."""

from scans.services.ingestion import Upload, ingest
from scans.services.repositories import (
    create_repository,
    delete_repository,
    update_repository,
)

__all__ = ["Upload", "create_repository", "delete_repository", "ingest", "update_repository"]
