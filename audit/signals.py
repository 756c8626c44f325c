"""What is audited, and the receivers that record its changes.

They only record. Inside an act a change joins the act's, and the act's end writes the one entry;
outside, the change has an entry at once. Both in the transaction of the change itself.
"""

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from functools import partial, wraps
from typing import Any

from django.db import transaction
from django.db.models import Model, QuerySet
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_delete, pre_save

from audit import services
from audit.domain.metadata import clean_text
from codestax.common.acts import Act, act_finished, current_act
from codestax.common.locking import stored_row
from codestax.common.upkeep import upkeep_due
from compliance.models import ControlSelection, CustomFramework, FrameworkSelection
from orgs.models import ApiKey, Membership, Organization, User
from scans.models import Repository, Scan

# Never a secret's field: no password, no digest. Findings and analyses are not audited: one scan
# writes thousands, with COPY, and the scan's own entry stands for them.
AUDITED_FIELDS: dict[type[Model], tuple[str, ...]] = {
    Organization: ("name", "slug", "plan", "requires_mfa"),
    User: ("email", "is_active", "is_staff", "is_superuser"),
    Membership: ("user", "role"),
    ApiKey: ("name", "role", "prefix", "expires_at", "revoked_at"),
    Repository: ("name", "default_branch", "languages"),
    Scan: ("repository_id", "branch", "commit", "status"),
    FrameworkSelection: ("keys",),
    ControlSelection: ("framework_key", "disabled"),
    CustomFramework: ("key", "name", "description", "controls"),
}
# Every upload of a pipeline updates its scan; only that one came and went is recorded.
_UPDATES_IGNORED = (Scan,)
# With these go all that they hold; the entry says how many, not each.
_SUMMARISED_WITH = (Organization, Repository)
# What support staff may do: rows of a table between, which no save() writes.
_RIGHTS: dict[Any, str] = {
    User.groups.through: "groups",
    User.user_permissions.through: "user_permissions",
}
_CONTROLS_LISTED = 200
_LABEL_CHARS = 100
_Change = dict[str, Any]


def connect() -> None:
    for model in AUDITED_FIELDS:
        label = model._meta.label_lower
        for name, signal, receiver in (
            ("pre_save", pre_save, _remember_stored),
            ("post_save", post_save, _record_save),
            ("pre_delete", pre_delete, _remember_deleted),
            ("post_delete", post_delete, _record_delete),
        ):
            signal.connect(receiver, sender=model, dispatch_uid=f"audit.{name}.{label}")
        model.save_base = _in_transaction(model.save_base)  # type: ignore[method-assign]
    for through, name in _RIGHTS.items():
        m2m_changed.connect(_record_rights, sender=through, dispatch_uid=f"audit.{name}")
    act_finished.connect(_record_act, dispatch_uid="audit.act_finished")
    upkeep_due.connect(_look_after, dispatch_uid="audit.upkeep_due")


def _in_transaction(save_base: Callable[..., None]) -> Callable[..., None]:
    """Make a save and its receivers one transaction.

    Model.save() sends post_save after an autocommit, when a failure could undo nothing any more.
    Model.delete() opens a transaction of its own.
    """

    @wraps(save_base)
    def save_in_transaction(instance: Model, *args: Any, **options: Any) -> None:
        with transaction.atomic(savepoint=False):
            save_base(instance, *args, **options)

    return save_in_transaction


def _remember_stored(
    sender: type[Model], instance: Any, update_fields: Any = None, **_: Any
) -> None:
    """Keep the row as it is in the database, locked, so that no other change comes between."""
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError(
            f"Save {sender.__name__} inside transaction.atomic(), with its audit entry."
        )
    instance._audit_stored = None
    if instance.pk is not None and _watched(sender, update_fields):
        instance._audit_stored = stored_row(instance)


def _watched(sender: type[Model], update_fields: Any) -> list[str]:
    """The audited fields that this save may change."""
    if sender in _UPDATES_IGNORED:
        return []
    fields = [*AUDITED_FIELDS[sender], *(["password"] if sender is User else [])]
    return [field for field in fields if update_fields is None or field in update_fields]


def _record_save(
    sender: type[Model], instance: Any, created: bool, update_fields: Any = None, **_: Any
) -> None:
    stored = instance.__dict__.pop("_audit_stored")
    if created:
        _record(instance, "created", {}, _values(instance))
    elif stored is not None:
        before, after = _difference(stored, instance, _watched(sender, update_fields))
        if after:
            _record(instance, "updated", before, after)


def _remember_deleted(sender: type[Model], instance: Any, origin: Any = None, **_: Any) -> None:
    if _goes_with(origin, sender):
        _cascaded(origin)[sender._meta.label_lower] += 1
    else:
        instance._audit_deleted = _values(instance)


def _record_delete(sender: type[Model], instance: Any, origin: Any = None, **_: Any) -> None:
    if _goes_with(origin, sender):
        return
    cascade = _cascaded(origin) if _model_of(origin) is sender else Counter()
    extra = {"cascade": dict(cascade)} if cascade else {}
    cascade.clear()  # of several rows deleted at once, the first carries the count of all
    _record(instance, "deleted", instance.__dict__.pop("_audit_deleted"), {}, **extra)


def _goes_with(origin: Any, sender: type[Model]) -> bool:
    """Whether the row is deleted with its repository or organization, and not for itself."""
    model = _model_of(origin)
    return model in _SUMMARISED_WITH and model is not sender


def _model_of(origin: Any) -> type[Model]:
    return origin.model if isinstance(origin, QuerySet) else type(origin)


def _cascaded(origin: Any) -> Counter[str]:
    found: Counter[str] = origin.__dict__.setdefault("_audit_cascaded", Counter())
    return found


def _record_rights(sender: Any, instance: Any, action: str, reverse: bool, **_: Any) -> None:
    field = "user_set" if reverse else _RIGHTS[sender]
    held = sorted(str(row) for row in getattr(instance, field).all())
    if action.startswith("pre_"):
        instance._audit_rights = held
        return
    before = instance.__dict__.pop("_audit_rights")
    if before != held:
        _record(instance, "updated", {field: before}, {field: held})


def _record(instance: Any, verb: str, before: _Change, after: _Change, **extra: Any) -> None:
    change = {
        "model": instance._meta.label_lower,
        "id": instance.pk,
        "label": _label(instance),
        "verb": verb,
        "before": before,
        "after": after,
        "org_id": _organization_id(instance),
        **extra,
    }
    act = current_act.get()
    if act is None:
        services.record_change(change)
        return
    act.changes.append(change)
    transaction.on_commit(partial(_stands, change))


def _stands(change: _Change) -> None:
    """The hook that tells whether a change still stands; see `_standing`."""


def _standing(act: Act) -> list[_Change]:
    """The act's changes without those of a savepoint that was rolled back.

    A rollback to a savepoint drops the hooks that were set within it.
    """
    hooks = (hook for _, hook, _ in transaction.get_connection().run_on_commit)
    kept = {id(hook.args[0]) for hook in hooks if getattr(hook, "func", None) is _stands}
    return [change for change in act.changes if id(change) in kept]


def _record_act(act: Act, **_: Any) -> None:
    services.record_act(act, _standing(act))


def _look_after(now: datetime, **_: Any) -> None:
    services.look_after(now)


def _organization_id(instance: Any) -> int | None:
    if isinstance(instance, Organization):
        return instance.pk
    return getattr(instance, "org_id", None)


def _label(instance: Any) -> str:
    # A membership's own text would fetch its organization.
    text = instance.user.email if isinstance(instance, Membership) else str(instance)
    return clean_text(text, _LABEL_CHARS)


def _values(instance: Any) -> _Change:
    return {field: _value(instance, field) for field in AUDITED_FIELDS[type(instance)]}


def _value(instance: Any, field: str) -> Any:
    value = getattr(instance, field)
    if field == "user":
        return value.email
    return _short_controls(value) if field == "controls" else value


def _difference(old: Any, new: Any, fields: list[str]) -> tuple[_Change, _Change]:
    """What changed of `fields`, before and after; of a password only that it did."""
    before: _Change = {}
    after: _Change = {}
    for field in fields:
        was, now = getattr(old, field), getattr(new, field)
        if was == now:
            continue
        if field == "password":
            after[field] = "changed"
        elif field == "controls":
            before[field], after[field] = _changed_controls(was, now)
        else:
            before[field], after[field] = _value(old, field), _value(new, field)
    return before, after


def _changed_controls(was: Any, now: Any) -> tuple[dict[str, str], dict[str, str]]:
    was, now = _listed(was), _listed(now)
    return (
        _short_controls([control for control in was if control not in now]),
        _short_controls([control for control in now if control not in was]),
    )


def _listed(controls: Any) -> list[Any]:
    """What a damaged row holds may be anything; it can be replaced and deleted all the same."""
    return controls if isinstance(controls, list) else []


def _short_control(control: Any) -> tuple[str, str]:
    if not isinstance(control, dict):
        return "?", "unreadable"
    shown = (str(control.get(name, "?")) for name in ("name", "check_type", "pass_condition"))
    return str(control.get("id", "?")), "{}: {} {}".format(*shown)


def _short_controls(controls: Any) -> dict[str, str]:
    controls = _listed(controls)
    short = dict(map(_short_control, controls[:_CONTROLS_LISTED]))
    left_out = len(controls) - _CONTROLS_LISTED
    return short | ({"…": f"{left_out} more"} if left_out > 0 else {})
