"""An organization with something in each table, and everybody who can ask for it."""

from functools import cache

from django.apps import apps
from django.contrib.auth.models import Group
from django.contrib.auth.tokens import default_token_generator
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from rest_framework.test import APIClient

from audit.models import AuditLogSaaS
from compliance import services
from compliance.models import ControlSelection, FrameworkSelection, PolicyVersion
from orgs.domain.roles import Role
from scans.models import Repository, Scan, Upload
from tests.factories import ApiKeyFactory, MembershipFactory, OrganizationFactory, UserFactory
from tests.rows import texts
from tests.scans.sarif import report, result

CONTROL = {"id": "OWN-1", "name": "One", "check_type": "secrets"}
# What asking writes down, and why that is no change.
NOT_COMPARED = {
    "sessions.Session": "a page may put a message or a choice into the reader's own session",
    "orgs.ApiKey.last_used_at": "when a key was last used is what a request is for",
}


class World:
    def __init__(self):
        self.org = OrganizationFactory()
        self.members = {role: MembershipFactory(org=self.org, role=role) for role in Role}
        self.staff = UserFactory(is_staff=True, is_superuser=True)
        self.key = ApiKeyFactory(membership=self.members[Role.OWNER])
        self.custom = self._custom_framework()
        self.repository = self._scanned()
        self.ids = self._ids()

    def _custom_framework(self):
        saved = services.save_custom_framework(
            organization=self.org, key="own", name="Own", description="", controls=[CONTROL]
        )
        services.set_enabled_frameworks(organization=self.org, keys=["soc2", "own"])
        services.set_disabled_controls(
            organization=self.org, framework_key="soc2", disabled=["CC8.1"]
        )
        return saved

    def _scanned(self):
        client = self.by_key()
        made = client.post("/api/repos", {"name": "checkout"}, format="json").json()
        for path in ("app.py", "other.py"):
            answer = client.post(
                f"/api/repos/{made['id']}/scans?commit={path}",
                report(result(path=path)),
                content_type="application/json",
            )
            assert answer.status_code == 201
        return Repository.objects.of(self.org).get()

    def by_key(self):
        return APIClient(headers={"X-API-Key": self.key.text})

    def browser(self, user=None, **options):
        """A browser in which somebody has signed in: the owner unless it is said."""
        browser = Client(**options)
        browser.force_login(user or self.members[Role.OWNER].user)
        return browser

    def _ids(self):
        member = self.members[Role.VIEWER]
        scan = Scan.objects.of(self.org).first()
        return {
            "repo_id": self.repository.pk,
            "scan_id": scan.pk,
            "key_id": self.key.pk,
            "member_id": member.pk,
            "framework_key": self.custom.key,
            "provider_id": "none",
            "uidb64": urlsafe_base64_encode(force_bytes(member.user_id)),
            "token": default_token_generator.make_token(member.user),
            "content_type_id": ContentType.objects.get_for_model(Repository).pk,
            "view_on": self.repository.pk,
            "orgs_apikey": self.key.pk,
            "orgs_membership": member.pk,
            "orgs_organization": self.org.pk,
            "orgs_user": member.user_id,
            "auth_group": Group.objects.get_or_create(name="Support staff")[0].pk,
            "scans_repository": self.repository.pk,
            "scans_scan": scan.pk,
            "scans_upload": Upload.objects.of(self.org).first().pk,
            "compliance_customframework": self.custom.pk,
            "compliance_frameworkselection": FrameworkSelection.objects.of(self.org).get().pk,
            "compliance_controlselection": ControlSelection.objects.of(self.org).get().pk,
            "compliance_policyversion": PolicyVersion.objects.of(self.org).last().pk,
            "audit_auditlogsaas": AuditLogSaaS.objects.of(self.org).first().pk,
            "acts": {"orgs_apikey": "revoke", "orgs_membership": "invite"},
        }


@cache
def tables():
    """(row's expression, table, condition) of every model, by its name, less NOT_COMPARED."""
    return {
        model._meta.label: (_row(model), model._meta.db_table, "true")
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and model._meta.label not in NOT_COMPARED
    }


def _row(model):
    left_out = [
        field.column
        for field in model._meta.concrete_fields
        if f"{model._meta.label}.{field.name}" in NOT_COMPARED
    ]
    return f"(to_jsonb(t) - ARRAY{left_out})" if left_out else "t"


def dump():
    """Every row of every table, by the model's name, without what NOT_COMPARED names."""
    return texts(tables())
