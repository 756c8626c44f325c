from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps


class SupportAdminConfig(admin_apps.AdminConfig):
    """Django's admin, with a site of our own."""

    default = False
    default_site = "orgs.pages.support_site.SupportSite"


class OrgsConfig(AppConfig):
    default = True
    name = "orgs"
    verbose_name = "Organizations"

    def ready(self) -> None:
        from orgs.api import schema  # noqa: F401 - registers itself
