from typing import Any

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in
from django.core.management.commands import makemigrations
from django.db.models.signals import class_prepared


def protect_history(sender: Any, **_: Any) -> None:
    """Give every history table a trigger that refuses to empty it, beside pghistory's own.

    pghistory's protects rows only, and TRUNCATE touches none.
    """
    if getattr(sender, "pgh_tracked_model", None) is None or not sender._meta.managed:
        return
    import pgtrigger

    sender._meta.triggers.append(
        pgtrigger.Trigger(
            name="never_emptied",
            when=pgtrigger.Before,
            operation=pgtrigger.Truncate,
            level=pgtrigger.Statement,
            func="RAISE EXCEPTION 'The history is never emptied.';",
        )
    )


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "Accounts"

    def __init__(self, app_name: str, app_module: Any) -> None:
        super().__init__(app_name, app_module)
        # Here and not in ready(): history tables are made while models are being read.
        class_prepared.connect(protect_history, dispatch_uid="accounts.protect_history")

    def ready(self) -> None:
        from django_tenants.management.commands.migrate_schemas import MigrateSchemasCommand

        from accounts.sessions import stamp_login

        user_logged_in.connect(stamp_login, dispatch_uid="accounts.stamp_login")
        # pgtrigger replaces makemigrations' autodetector; both must use the same one (E030).
        MigrateSchemasCommand.autodetector = makemigrations.Command.autodetector
