#!/usr/bin/env python
"""Django's command line for this project."""

import os
import sys

# What these connect with is no owner of the tables (docs/adr/0009-row-level-security.md).
SERVING = {"serve", "worker", "runserver", "database", "doctor"}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "codestax.settings")
    os.environ["DATABASE_ACCOUNT"] = "app" if SERVING & {*sys.argv[1:2]} else "owner"
    from django.core.management import execute_from_command_line  # noqa: PLC0415 - after settings

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
