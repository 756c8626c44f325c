"""Two admins at once, each on a connection of its own."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from codestax.common.errors import DomainError
from compliance import services
from compliance.models import CustomFramework, PolicyVersion
from compliance.queries import current_policy, stored_policy
from tests.compliance.builders import enable, save_framework, sent_control

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*changes):
    """Run the changes at the same moment; the errors of those that were refused."""
    start = Barrier(len(changes))

    def run(change):
        try:
            start.wait()
            change()
        except DomainError as error:
            return error
        finally:
            connection.close()
        return None

    with ThreadPoolExecutor(len(changes)) as pool:
        return [error for error in pool.map(run, changes) if error]


@pytest.mark.parametrize("attempt", range(5))
def test_s37_a_selection_never_keeps_a_framework_that_is_being_deleted(organization, attempt):
    save_framework(organization, "own")

    at_once(
        lambda: enable(organization, ["soc2", "own"]),
        lambda: services.delete_custom_framework(organization=organization, key="own"),
    )

    policy = stored_policy(organization)
    assert policy.custom == ()
    assert "own" not in (policy.enabled or ())


@pytest.mark.parametrize("attempt", range(5))
def test_s37_of_two_selections_at_once_one_is_kept_whole(organization, attempt):
    one, other = ["soc2", "owasp"], ["pcidss", "nist_csf"]

    at_once(lambda: enable(organization, one), lambda: enable(organization, other))

    assert list(current_policy(organization).enabled) in (one, other)
    assert PolicyVersion.objects.of(organization).count() == 3


def test_the_newest_version_is_what_the_tables_hold(organization):
    keys = ["soc2", "owasp", "pcidss", "nist_csf", "iso27001"]

    refused = at_once(*(lambda key=key: enable(organization, [key]) for key in keys))

    assert refused == []
    assert current_policy(organization) == stored_policy(organization)


def test_s37_two_first_pushes_of_one_key_make_one_framework(organization):
    refused = at_once(
        lambda: save_framework(organization, "own", sent_control("A")),
        lambda: save_framework(organization, "own", sent_control("B")),
    )

    assert refused == []
    assert CustomFramework.objects.of(organization).count() == 1


def test_s38_the_limit_holds_for_two_at_once(organization, monkeypatch):
    monkeypatch.setattr(services, "MAX_CUSTOM_FRAMEWORKS", 1)

    refused = at_once(
        lambda: save_framework(organization, "one"), lambda: save_framework(organization, "other")
    )

    assert len(refused) == 1
    assert CustomFramework.objects.of(organization).count() == 1
