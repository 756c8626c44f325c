"""The action codes of the audit log."""

from typing import Any

# What acts are named, in the order of docs/audit-log.md; a change that no act names may have
# another code still.
ACTIONS = (
    "COMPLIANCE_FRAMEWORKS_UPDATED",
    "COMPLIANCE_CONTROLS_UPDATED",
    "COMPLIANCE_CUSTOM_FRAMEWORK_CREATED",
    "COMPLIANCE_CUSTOM_FRAMEWORK_DELETED",
    "ORGANIZATION_CREATED",
    "PLAN_CHANGED",
    "MEMBER_ADDED",
    "MEMBER_ROLE_CHANGED",
    "MEMBER_REMOVED",
    "INVITATION_RESENT",
    "API_KEY_CREATED",
    "API_KEY_ROTATED",
    "API_KEY_REVOKED",
    "SIGN_IN",
    "SIGN_IN_FAILED",
    "SIGN_OUT",
    "SESSION_ENDED",
    "SESSIONS_ENDED",
    "MFA_ENABLED",
    "MFA_DISABLED",
    "MFA_RESET",
    "MFA_FAILED",
    "MFA_RECOVERY_CODE_USED",
    "MFA_RECOVERY_CODES_RENEWED",
    "MFA_REQUIREMENT_CHANGED",
    "SSO_LINKED",
    "SSO_UNLINKED",
    "SSO_FAILED",
    "PASSWORD_CHANGED",
    "PASSWORD_RESET",
    "USER_UPDATED",
    "REPOSITORY_CREATED",
    "REPOSITORY_UPDATED",
    "REPOSITORY_DELETED",
    "SCAN_UPLOADED",
    "SCAN_STORED",
    "SCAN_FAILED",
    "AUDIT_LOG_EXPORTED",
    "AUDIT_LOG_TRIMMED",
)

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
