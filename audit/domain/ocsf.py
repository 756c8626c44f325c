"""Entries as events of the Open Cybersecurity Schema Framework (schema.ocsf.io), for SIEMs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

SCHEMA_VERSION = "1.3.0"
_CATEGORIES = {3: "Identity & Access Management", 6: "Application Activity"}
_SUCCESS, _FAILURE = (1, "Success"), (2, "Failure")
_INFORMATIONAL, _LOW = (1, "Informational"), (2, "Low")


@dataclass(frozen=True, slots=True)
class _Kind:
    """A class of events with one of its activities."""

    class_uid: int
    class_name: str
    activity_id: int
    activity_name: str


def _account(activity_id: int, name: str) -> _Kind:
    return _Kind(3001, "Account Change", activity_id, name)


def _authentication(activity_id: int, name: str) -> _Kind:
    return _Kind(3002, "Authentication", activity_id, name)


def _api(activity_id: int, name: str) -> _Kind:
    return _Kind(6003, "API Activity", activity_id, name)


_KINDS = {
    "SIGN_IN": _authentication(1, "Logon"),
    "SIGN_IN_FAILED": _authentication(1, "Logon"),
    "SSO_FAILED": _authentication(1, "Logon"),
    "SIGN_OUT": _authentication(2, "Logoff"),
    "SESSION_ENDED": _authentication(2, "Logoff"),
    "SESSIONS_ENDED": _authentication(2, "Logoff"),
    "MEMBER_ADDED": _account(1, "Create"),
    "USER_CREATED": _account(1, "Create"),
    "PASSWORD_CHANGED": _account(3, "Password Change"),
    "PASSWORD_RESET": _account(4, "Password Reset"),
    "MEMBER_REMOVED": _account(6, "Delete"),
    "USER_DELETED": _account(6, "Delete"),
    "MEMBER_ROLE_CHANGED": _account(99, "Other"),
    "USER_UPDATED": _account(99, "Other"),
}
# By the last word of the code.
_API_KINDS = {
    "CREATED": _api(1, "Create"),
    "ADDED": _api(1, "Create"),
    "UPLOADED": _api(1, "Create"),
    "STORED": _api(1, "Create"),
    "EXPORTED": _api(2, "Read"),
    "UPDATED": _api(3, "Update"),
    "CHANGED": _api(3, "Update"),
    "ROTATED": _api(3, "Update"),
    "REVOKED": _api(4, "Delete"),
    "DELETED": _api(4, "Delete"),
    "REMOVED": _api(4, "Delete"),
    "TRIMMED": _api(4, "Delete"),
}


def ocsf_event(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the event of an entry's record; `metadata.uid` is its number, the stream's cursor."""
    action, email = record["action"], record["actor_email"]
    kind = _KINDS.get(action) or _API_KINDS.get(action.rsplit("_", 1)[-1]) or _api(99, "Other")
    failed = action.endswith("_FAILED")
    event = {
        "category_uid": kind.class_uid // 1000,
        "category_name": _CATEGORIES[kind.class_uid // 1000],
        "class_uid": kind.class_uid,
        "class_name": kind.class_name,
        "activity_id": kind.activity_id,
        "activity_name": kind.activity_name,
        "type_uid": kind.class_uid * 100 + kind.activity_id,
        "time": int(datetime.fromisoformat(record["created_at"]).timestamp() * 1000),
        "severity_id": (_LOW if failed else _INFORMATIONAL)[0],
        "severity": (_LOW if failed else _INFORMATIONAL)[1],
        "status_id": (_FAILURE if failed else _SUCCESS)[0],
        "status": (_FAILURE if failed else _SUCCESS)[1],
        "actor": {"user": {"email_addr": email}},
        "src_endpoint": {"ip": record["ip"]} if record["ip"] else {"name": "internal"},
        "http_request": {"user_agent": record["user_agent"]},
        "metadata": {
            "uid": str(record["seq"]),
            "sequence": record["seq"],
            "event_code": action,
            "version": SCHEMA_VERSION,
            "product": {"name": "CodeStax Compliance", "vendor_name": "CodeStax"},
            "log_name": "audit",
            "tenant_uid": str(record["org"]),
        },
        "unmapped": {"metadata": record["metadata"], "hash": record["hash"]},
    }
    if kind.class_name == "API Activity":
        return event | {"api": {"operation": action}}
    # Whom it happened to: another member, or whoever signs in.
    return event | {"user": {"email_addr": record["metadata"].get("member", email)}}
