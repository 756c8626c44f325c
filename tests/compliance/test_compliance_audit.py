import pytest

from audit.models import AuditLogSaaS
from tests.compliance.builders import enable, save_framework, sent_control, sent_framework

ENABLED = "/api/compliance/frameworks/enabled"
SOC2 = "/api/compliance/frameworks/soc2/controls"
CUSTOM = "/api/compliance/custom-frameworks"


@pytest.fixture
def entries(organization, admin):
    """The entries written since the last look, oldest first."""
    seen = set(AuditLogSaaS.objects.values_list("pk", flat=True))

    def read():
        found = AuditLogSaaS.objects.filter(org=organization.pk).exclude(pk__in=seen)
        return list(found.order_by("id"))

    return read


def test_a_selection_is_one_entry(admin, entries):
    admin.put(ENABLED, {"keys": ["soc2"]})

    (entry,) = entries()
    assert entry.action == "COMPLIANCE_FRAMEWORKS_UPDATED"
    assert entry.metadata["enabled_keys"] == ["soc2"]


def test_disabled_controls_are_one_entry(admin, entries):
    admin.put(SOC2, {"disabled": ["CC8.1"]})

    (entry,) = entries()
    assert entry.action == "COMPLIANCE_CONTROLS_UPDATED"
    assert entry.metadata["framework_key"] == "soc2"
    assert entry.metadata["disabled"] == ["CC8.1"]


def test_a_new_framework_is_one_entry_with_its_side_effects(admin, organization, entries):
    admin.put(ENABLED, {"keys": ["soc2"]})

    admin.post(CUSTOM, sent_framework())

    _, entry = entries()
    assert entry.action == "COMPLIANCE_CUSTOM_FRAMEWORK_CREATED"
    assert entry.metadata["key"] == "internal_sec"
    assert "updated" not in entry.metadata
    assert [change["model"] for change in entry.metadata["changes"]] == [
        "compliance.customframework",
        "compliance.frameworkselection",
    ]


def test_a_replaced_framework_is_an_entry_that_says_so(admin, organization, entries):
    save_framework(organization)

    admin.post(CUSTOM, sent_framework("internal_sec", sent_control("ISP-2")))

    entry = entries()[-1]
    assert entry.action == "COMPLIANCE_CUSTOM_FRAMEWORK_CREATED"
    assert entry.metadata["updated"] is True


def test_a_deleted_framework_is_one_entry_with_its_side_effects(admin, organization, entries):
    enable(organization, [])
    save_framework(organization)
    before = len(entries())

    admin.delete(f"{CUSTOM}/internal_sec")

    (entry,) = entries()[before:]
    assert entry.action == "COMPLIANCE_CUSTOM_FRAMEWORK_DELETED"
    assert [change["model"] for change in entry.metadata["changes"]] == [
        "compliance.customframework",
        "compliance.frameworkselection",
    ]


@pytest.mark.parametrize(
    ("url", "body"),
    [
        (ENABLED, {}),
        (ENABLED, {"keys": ["xyz"]}),
        (ENABLED, {"keys": ["hipaa"]}),
        (SOC2, {"disabled": ["CC99.9"]}),
        ("/api/compliance/frameworks/xyz/controls", {"disabled": []}),
    ],
)
def test_s31_a_refused_change_is_no_entry(admin, entries, url, body):
    admin.put(url, body)

    assert entries() == []


def test_reading_is_no_entry(admin, entries):
    admin.get("/api/compliance/frameworks")

    assert entries() == []
