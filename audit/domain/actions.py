"""The action code of a change that no act names."""

from typing import Any

# (model, verb) -> code; the four documented codes first.
_CODES = {
    ("compliance.frameworkselection", "created"): "COMPLIANCE_FRAMEWORKS_UPDATED",
    ("compliance.frameworkselection", "updated"): "COMPLIANCE_FRAMEWORKS_UPDATED",
    ("compliance.frameworkselection", "deleted"): "COMPLIANCE_FRAMEWORKS_UPDATED",
    ("compliance.controlselection", "created"): "COMPLIANCE_CONTROLS_UPDATED",
    ("compliance.controlselection", "updated"): "COMPLIANCE_CONTROLS_UPDATED",
    ("compliance.controlselection", "deleted"): "COMPLIANCE_CONTROLS_UPDATED",
    ("compliance.customframework", "created"): "COMPLIANCE_CUSTOM_FRAMEWORK_CREATED",
    ("compliance.customframework", "updated"): "COMPLIANCE_CUSTOM_FRAMEWORK_CREATED",
    ("compliance.customframework", "deleted"): "COMPLIANCE_CUSTOM_FRAMEWORK_DELETED",
    ("orgs.membership", "created"): "MEMBER_ADDED",
    ("orgs.membership", "updated"): "MEMBER_ROLE_CHANGED",
    ("orgs.membership", "deleted"): "MEMBER_REMOVED",
    ("orgs.apikey", "created"): "API_KEY_CREATED",
    ("orgs.apikey", "updated"): "API_KEY_UPDATED",
    ("orgs.apikey", "deleted"): "API_KEY_DELETED",
}


def action_of(change: dict[str, Any]) -> str:
    """The code of one change, `<MODEL>_<VERB>` where nothing better is known."""
    model, verb, after = change["model"], change["verb"], change["after"]
    if verb == "updated":
        if model == "orgs.organization" and "plan" in after:
            return "PLAN_CHANGED"
        if model == "orgs.apikey" and after.get("revoked_at") is not None:
            return "API_KEY_REVOKED"
    return _CODES.get((model, verb)) or f"{model.split('.')[-1]}_{verb}".upper()
