"""One factory per model; each makes the smallest valid row."""

import factory
from django.contrib.auth.hashers import make_password
from django.utils import timezone
from factory.django import DjangoModelFactory

from compliance.models import CustomFramework
from orgs.domain.keys import Environment, make_key
from orgs.models import ApiKey, Membership, Organization, User
from scans.models import Repository, Scan, Upload


class OrganizationFactory(DjangoModelFactory):
    class Meta:
        model = Organization

    name = factory.Sequence(lambda n: f"Organization {n}")
    slug = factory.Sequence(lambda n: f"organization-{n}")
    plan = "team"


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User

    email = factory.Sequence(lambda n: f"user{n}@example.com")
    password = "!"  # none that signs in; UserFactory(password="...") hashes its own

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        if not kwargs["password"].startswith("!"):
            kwargs["password"] = make_password(kwargs["password"])
        return super()._create(model_class, *args, **kwargs)


class MembershipFactory(DjangoModelFactory):
    class Meta:
        model = Membership

    org = factory.SubFactory(OrganizationFactory)
    user = factory.SubFactory(UserFactory)
    role = "owner"


class ApiKeyFactory(DjangoModelFactory):
    """A key that works: its text is in `key.text`."""

    class Meta:
        model = ApiKey

    membership = factory.SubFactory(MembershipFactory)
    org = factory.SelfAttribute("membership.org")
    name = "Pipeline"
    role = factory.SelfAttribute("membership.role")
    environment = Environment.TEST.value

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        made = make_key(Environment(kwargs["environment"]))
        key = super()._create(
            model_class,
            *args,
            public_id=made.public_id,
            digest=made.digest,
            last_four=made.last_four,
            **kwargs,
        )
        key.text = made.text
        return key


class RepositoryFactory(DjangoModelFactory):
    class Meta:
        model = Repository

    org = factory.SubFactory(OrganizationFactory)
    name = factory.Sequence(lambda n: f"repository-{n}")


class ScanFactory(DjangoModelFactory):
    class Meta:
        model = Scan

    repository = factory.SubFactory(RepositoryFactory)
    org = factory.SelfAttribute("repository.org")
    branch = "main"
    status = "completed"
    position = factory.Sequence(lambda number: (number + 1) << 40)
    completed_at = factory.LazyFunction(timezone.now)


class UploadFactory(DjangoModelFactory):
    class Meta:
        model = Upload

    scan = factory.SubFactory(ScanFactory)
    org = factory.SelfAttribute("scan.org")


class CustomFrameworkFactory(DjangoModelFactory):
    """The row alone: no policy version knows it. The services make one that counts."""

    class Meta:
        model = CustomFramework

    org = factory.SubFactory(OrganizationFactory)
    key = factory.Sequence(lambda n: f"own_{n}")
    name = factory.Sequence(lambda n: f"Own framework {n}")
    controls = factory.LazyFunction(
        lambda: [
            {
                "id": "OWN-1",
                "name": "No hardcoded secrets",
                "category": "General",
                "description": "",
                "check_type": "secrets",
                "pass_condition": "no_high_secrets",
            }
        ]
    )
