import pytest

from orgs.domain.plans import Plan, plan_permits
from orgs.domain.roles import Role, lower_of


def test_roles_in_order():
    assert sorted(Role, key=lambda role: role.rank) == ["viewer", "member", "admin", "owner"]


@pytest.mark.parametrize("role", Role)
def test_role_allows_itself_and_what_is_below(role):
    allowed = {needed for needed in Role if role.allows(needed)}

    assert allowed == set(list(Role)[: role.rank + 1])


@pytest.mark.parametrize("one", Role)
@pytest.mark.parametrize("other", Role)
def test_lower_role_is_one_of_both_and_no_higher_than_either(one, other):
    lower = lower_of(one, other)

    assert lower in (one, other)
    assert one.allows(lower)
    assert other.allows(lower)


@pytest.mark.parametrize("plan", Plan)
def test_every_plan_permits_what_needs_none(plan):
    assert plan_permits(plan, None)


@pytest.mark.parametrize(
    ("plan", "required", "permitted"),
    [
        ("free", "team", False),
        ("team", "team", True),
        ("enterprise", "team", True),
        ("team", "enterprise", False),
    ],
)
def test_plan_permits_what_needs_no_more(plan, required, permitted):
    assert plan_permits(plan, required) is permitted
