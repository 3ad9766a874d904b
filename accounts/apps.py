from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in
from django.core.management.commands import makemigrations


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        from django_tenants.management.commands.migrate_schemas import MigrateSchemasCommand

        from accounts.sessions import stamp_login

        user_logged_in.connect(stamp_login, dispatch_uid="accounts.stamp_login")
        # pgtrigger replaces makemigrations' autodetector; both must use the same one (E030).
        MigrateSchemasCommand.autodetector = makemigrations.Command.autodetector
