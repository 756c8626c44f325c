"""The policy that a change would leave: what the services save, before anything is saved."""

from collections.abc import Sequence

from msgspec.structs import replace

from compliance.domain.policy import CustomFramework, Policy


def with_selection(policy: Policy, keys: Sequence[str] | None) -> Policy:
    """Return the policy with these frameworks enabled; None is back to the default."""
    return replace(policy, enabled=None if keys is None else _unique(keys))


def with_disabled(policy: Policy, framework_key: str, disabled: Sequence[str]) -> Policy:
    """Return the policy with these controls of the framework, and no others, Not Applicable."""
    others = {key: ids for key, ids in policy.disabled.items() if key != framework_key}
    own = {framework_key: _unique(disabled)} if disabled else {}
    return replace(policy, disabled=others | own)


def with_custom(policy: Policy, framework: CustomFramework) -> Policy:
    """Return the policy with the framework new or replaced, and in an explicit selection.

    Ids that the framework has no more are not disabled any longer.
    """
    ids = {control.id for control in framework.controls}
    kept = [one for one in policy.disabled.get(framework.key, ()) if one in ids]
    selected = policy.enabled
    if selected is not None:
        selected = _unique([*selected, framework.key])
    others = tuple(one for one in policy.custom if one.key != framework.key)
    changed = replace(policy, custom=(*others, framework), enabled=selected)
    return with_disabled(changed, framework.key, kept)


def without_custom(policy: Policy, key: str) -> Policy:
    """Return the policy without the framework and all that was selected of it."""
    selected = policy.enabled
    if selected is not None:
        selected = tuple(kept for kept in selected if kept != key)
    others = tuple(one for one in policy.custom if one.key != key)
    return with_disabled(replace(policy, custom=others, enabled=selected), key, ())


def _unique(keys: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(keys))
