from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "audit"
    verbose_name = "Audit log"

    def ready(self) -> None:
        from audit import services, signals

        signals.connect()
        services.signing_key()  # a bad one stops the start, not the first checkpoint
