"""Support staff's pages. Digests and password hashes are on none of them."""

from orgs.admin import keys, members, organizations, users  # noqa: F401 - they register themselves
