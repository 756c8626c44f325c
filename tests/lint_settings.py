"""The product's settings with django-migration-linter, for `make lint`.

Here and not in setup.cfg: from there the linter takes a list as one text, which switches off
`warnings_as_errors` and makes `ignore_name` ignore every name that is part of it.
"""

from codestax.settings import *  # noqa: F403
from codestax.settings import INSTALLED_APPS as OF_THE_PRODUCT

INSTALLED_APPS = [*OF_THE_PRODUCT, "django_migration_linter"]

MIGRATION_LINTER_OPTIONS = {
    "include_apps": ["codestax", "orgs", "scans", "compliance", "audit"],
    "warnings_as_errors": [],  # none is named: all of them
    "no_cache": True,
    "ignore_name": [
        # audit: two unique constraints, on columns that came with the migration before it and are
        # null in what the former release writes. Their indexes are built concurrently; an index
        # that is dropped at once is half of one, which no query uses.
        "0003_index_chain",
        # scans: a unique constraint on a column that came with the migration before it, with the
        # time in nanoseconds for what the former release writes. Built and dropped in the same way.
        "0003_scan_order",
    ],
}
