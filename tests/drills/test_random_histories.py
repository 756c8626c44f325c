"""R11: random histories of an organization's policy against a plain model of it.

HISTORY_STEPS says how many steps are taken in all, 250 by default. docs/security.md has the figure
of

    HISTORY_STEPS=2000 python -m pytest tests/drills/test_random_histories.py
"""

import os

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from rest_framework.test import APIClient

from audit.models import AuditHead, AuditLogSaaS
from compliance.domain.catalog import builtin_frameworks
from compliance.models import ControlSelection
from compliance.queries import current_policy, stored_policy
from tests.factories import ApiKeyFactory

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

STEPS = int(os.environ.get("HISTORY_STEPS", "250"))
STEPS_OF_ONE = 50
FRAMEWORKS = "/api/compliance/frameworks"
CUSTOM = "/api/compliance/custom-frameworks"

OWN = ["own_a", "own_b", "own_c"]
BUILTIN = ["soc2", "owasp"]
LOCKED, UNKNOWN = "hipaa", "gone"
OWN_IDS = ["A", "B", "C", "D"]
BUILTIN_IDS = {
    key: [control.id for control in builtin_frameworks()[key].controls[:3]] for key in BUILTIN
}
own_keys = st.sampled_from(OWN)
controls = st.lists(st.sampled_from(OWN_IDS), min_size=1, unique=True)
picks = st.lists(st.integers(0, 9), max_size=5)


def picked(among, numbers):
    """Some of what is there, in any order and perhaps twice; few steps are refused that way."""
    return [among[number % len(among)] for number in numbers]


class Model:
    """What the organization has decided, in plain values."""

    def __init__(self):
        self.enabled = None
        self.disabled = {}
        self.custom = {}

    def ids_of(self, key):
        """A framework's control ids, None for one that does not exist."""
        return self.custom.get(key) or BUILTIN_IDS.get(key)

    def push(self, key, ids):
        self.custom[key] = ids
        if self.enabled is not None and key not in self.enabled:
            self.enabled = [*self.enabled, key]
        self.mark(key, [one for one in self.disabled.get(key, []) if one in ids])
        return 200

    def delete(self, key):
        if key not in self.custom:
            return 404 if self.ids_of(key) is None else 400
        del self.custom[key]
        self.disabled.pop(key, None)
        if self.enabled is not None:
            self.enabled = [kept for kept in self.enabled if kept != key]
        return 200

    def enable(self, keys):
        if keys is not None:
            if any(key != LOCKED and self.ids_of(key) is None for key in keys):
                return 400
            if LOCKED in keys:
                return 402
        self.enabled = keys and list(dict.fromkeys(keys))
        return 200

    def mark(self, key, ids):
        known = self.ids_of(key)
        if known is None:
            return 404
        if not set(ids) <= set(known):
            return 400
        self.disabled[key] = list(dict.fromkeys(ids))
        return 200


class History(RuleBasedStateMachine):
    """One organization; each step is a request to the product and the same said to the model."""

    taken = 0  # in all histories

    def __init__(self):
        super().__init__()
        key = ApiKeyFactory(membership__role="admin", membership__org__plan="team")
        self.organization, self.model = key.org, Model()
        self.client = APIClient(headers={"X-API-Key": key.text})
        self.before = self.last_entry()
        self.accepted = 0

    def last_entry(self):
        return AuditHead.objects.get(org=self.organization.pk).seq

    def agree(self, answer, status):
        History.taken += 1
        assert answer.status_code == status, answer.content
        self.accepted += status == 200
        return answer.json()

    @rule(key=own_keys, ids=controls)
    def push(self, key, ids):
        sent = [{"id": one, "name": one, "check_type": "secrets"} for one in ids]
        answer = self.client.post(CUSTOM, {"key": key, "name": key, "controls": sent})
        self.agree(answer, self.model.push(key, ids))

    @rule(key=own_keys | st.sampled_from(["soc2", UNKNOWN]))
    def delete(self, key):
        self.agree(self.client.delete(f"{CUSTOM}/{key}"), self.model.delete(key))

    @precondition(lambda self: self.model.custom)
    @rule(number=st.integers(0, 9))
    def delete_what_is_there(self, number):
        (key,) = picked(list(self.model.custom), [number])
        self.delete(key)

    @rule(numbers=picks)
    def enable(self, numbers):
        self.put_selection(picked([*self.model.custom, *BUILTIN], numbers))

    @precondition(lambda self: self.model.custom)
    @rule()
    def enable_all_there_is(self):
        self.put_selection([*self.model.custom, *BUILTIN])

    @rule(keys=st.lists(st.sampled_from([*OWN, LOCKED, UNKNOWN]), min_size=1, max_size=3))
    def enable_what_may_be_refused(self, keys):
        self.put_selection(keys)

    def put_selection(self, keys):
        answer = self.client.put(f"{FRAMEWORKS}/enabled", {"keys": keys})
        status = self.model.enable(keys)
        said = self.agree(answer, status)
        assert status != 200 or said["enabled_keys"] == self.model.enabled

    @rule()
    def restore_the_default(self):
        answer = self.client.put(f"{FRAMEWORKS}/enabled", {"keys": None})
        assert self.agree(answer, self.model.enable(None))["default_all_enabled"] is True

    @precondition(lambda self: self.model.custom)
    @rule(number=st.integers(0, 9), numbers=picks)
    def mark_what_is_there(self, number, numbers):
        (key,) = picked(list(self.model.custom), [number])
        self.mark_own_controls(key, picked(self.model.custom[key], numbers))

    @rule(key=own_keys, ids=st.lists(st.sampled_from(OWN_IDS), max_size=4))
    def mark_own_controls(self, key, ids):
        answer = self.client.put(f"{FRAMEWORKS}/{key}/controls", {"disabled": ids})
        self.agree(answer, self.model.mark(key, ids))

    @rule(ids=st.lists(st.sampled_from([*BUILTIN_IDS["soc2"], UNKNOWN]), max_size=3))
    def mark_builtin_controls(self, ids):
        answer = self.client.put(f"{FRAMEWORKS}/soc2/controls", {"disabled": ids})
        self.agree(answer, self.model.mark("soc2", ids))

    @invariant()
    def answers_are_the_models(self):
        said = self.client.get(FRAMEWORKS).json()
        assert said["enabled_keys"] == self.model.enabled
        assert {one["key"] for one in said["available"] if one["custom"]} == set(self.model.custom)

    @invariant()
    def frameworks_are_the_models(self):
        own = self.client.get(CUSTOM).json()["frameworks"]
        found = {one["key"]: [control["id"] for control in one["controls"]] for one in own}
        assert found == self.model.custom

    @invariant()
    def nothing_dangles(self):
        policy = stored_policy(self.organization)
        known = {*builtin_frameworks(), *(one.key for one in policy.custom)}
        marked = ControlSelection.objects.of(self.organization)
        assert set(policy.enabled or ()) <= known
        assert {row.framework_key for row in marked} <= known
        assert {key: list(ids) for key, ids in policy.disabled.items()} == {
            key: ids for key, ids in self.model.disabled.items() if ids
        }
        assert policy == current_policy(self.organization)

    @invariant()
    def the_log_has_one_entry_for_each_success(self):
        entries = AuditLogSaaS.objects.in_chain(self.organization.pk).filter(seq__gt=self.before)
        assert entries.count() == self.last_entry() - self.before == self.accepted


def test_r11_random_histories_are_those_of_a_plain_model():
    run_state_machine_as_test(
        History,
        settings=settings(
            max_examples=max(1, STEPS // STEPS_OF_ONE),
            stateful_step_count=STEPS_OF_ONE,
            derandomize=True,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )

    assert History.taken >= STEPS // 2
