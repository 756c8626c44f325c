import pytest

from audit.models import AuditLogSaaS
from audit.querysets import AppendOnlyError

pytestmark = pytest.mark.django_db


@pytest.fixture
def entry(db):
    return AuditLogSaaS.objects.create(action="ANY", actor_email="ada@acme.example")


def resave(entry):
    entry.action = "FORGED"
    entry.save()


@pytest.mark.parametrize(
    "attack",
    [
        resave,
        lambda entry: entry.delete(),
        lambda entry: AuditLogSaaS.objects.update(action="FORGED"),
        lambda entry: AuditLogSaaS.objects.filter(pk=entry.pk).delete(),
        lambda entry: AuditLogSaaS.objects.bulk_update([entry], ["action"]),
        lambda entry: AuditLogSaaS.objects.update_or_create(
            pk=entry.pk, defaults={"action": "FORGED"}
        ),
    ],
    ids=["save", "delete", "update", "query set delete", "bulk_update", "update_or_create"],
)
def test_no_entry_is_changed_or_deleted(entry, attack):
    with pytest.raises(AppendOnlyError, match="append-only"):
        attack(entry)

    assert AuditLogSaaS.objects.get().action == "ANY"


def test_an_existing_id_is_never_written_over(entry):
    with pytest.raises(AppendOnlyError):
        AuditLogSaaS(pk=entry.pk, action="FORGED").save()

    assert AuditLogSaaS.objects.get().action == "ANY"
