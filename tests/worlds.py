"""An organization with something in every table, and all that the database holds of it."""

from functools import cache

from django.apps import apps
from django.utils import timezone

from codestax.common.tenancy import acting_for
from compliance.services import (
    save_custom_framework,
    set_disabled_controls,
    set_enabled_frameworks,
)
from orgs.domain.roles import Role
from scans import services
from scans.domain.findings import ReportLimits
from scans.models import IdempotentAnswer
from tests.conftest import sign_in
from tests.factories import (
    ApiKeyFactory,
    MembershipFactory,
    OrganizationFactory,
    RepositoryFactory,
)
from tests.rows import texts
from tests.scans.sarif import report, result

CONTROL = {"id": "X-1", "name": "One", "check_type": "secrets"}


class World:
    """`word` is part of every text of the organization, so that it shows in whatever leaks."""

    def __init__(self, word):
        self.word = word
        self.org = OrganizationFactory(name=f"{word} Ltd", slug=f"{word}-ltd")
        self.members = {role: self._member(role.value, role) for role in Role}
        self.other_member = self._member("other", Role.VIEWER)
        self.key = ApiKeyFactory(membership=self.members[Role.ADMIN], name=f"{word} key")
        self.repository = RepositoryFactory(org=self.org, name=f"{word}-service")
        self.framework = f"{word}_own"
        self._decide()
        with acting_for(self.org.pk):  # as the product does: the staging table is the app's
            self.scan = self._ingest()
            self._receive()
        IdempotentAnswer.objects.create(
            org=self.org,
            key=f"{word}-request",
            request_digest=b"\0" * 32,
            status=201,
            body=f'{{"word": "{word}"}}',
            location="/api/scans/1",
            created_at=timezone.now(),
        )
        for member in self.members.values():
            sign_in(member.user)

    def key_of(self, role):
        """A new key of the owner with this role."""
        return ApiKeyFactory(membership=self.members[Role.OWNER], role=role.value)

    def _member(self, name, role):
        return MembershipFactory(
            org=self.org, role=role.value, user__email=f"{name}@{self.word}.example"
        )

    def _decide(self):
        name = f"{self.word} policy"
        save_custom_framework(
            organization=self.org,
            key=self.framework,
            name=name,
            description=name,
            controls=[CONTROL],
        )
        set_enabled_frameworks(organization=self.org, keys=["soc2", self.framework])
        set_disabled_controls(organization=self.org, framework_key=self.framework, disabled=["X-1"])

    def _reports(self):
        return report(result(rule=f"{self.word}-rule", path=f"{self.word}/app.py"))

    def _ingest(self):
        return services.ingest(
            repository=self.repository,
            commit=services.CommitFacts(branch="main", commit=f"{self.word}1"),
            reports=services.Reports.of([self._reports()], ReportLimits()),
            now=timezone.now(),
        )

    def _receive(self):
        """One that no worker has taken in yet."""
        services.receive(
            repository=self.repository,
            commit=services.CommitFacts(branch="main", commit=f"{self.word}2"),
            sent=services.Sent([self._reports()]),
            actor_email=self.members[Role.MEMBER].user.email,
            now=timezone.now(),
        )


@cache
def tenant_tables():
    """(table, column) for every table whose rows belong to an organization."""
    found = [("orgs_organization", "id")]
    for model in apps.get_models(include_auto_created=True):
        columns = {field.column for field in model._meta.concrete_fields}
        if "org_id" in columns:
            found.append((model._meta.db_table, "org_id"))
    return sorted(found)


def dump(world):
    """Every row of the organization, byte for byte, and the sign-ins of its members."""
    users = ",".join(str(m.user_id) for m in (*world.members.values(), world.other_member))
    of_users = {"orgs_signin": "user_id", "orgs_user": "id"}
    return texts(
        {table: ("t", table, f"{column} = {world.org.pk}") for table, column in tenant_tables()}
        | {table: ("t", table, f"{column} IN ({users})") for table, column in of_users.items()}
    )
