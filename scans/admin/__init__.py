"""Support staff's view of repositories, scans and uploads."""

from orgs.admin.organizations import OrganizationAdmin
from scans.admin import scans  # noqa: F401 - they register themselves
from scans.admin.panels import PANELS

OrganizationAdmin.panels = [*PANELS, *OrganizationAdmin.panels]
