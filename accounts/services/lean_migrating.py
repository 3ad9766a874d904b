"""Django's `migrate`, without the work for tables that the schema at hand will never have.

Each schema goes through all migrations, because each keeps a record of all of them; but the shared
schema has tables of the shared apps only, and a clinic's those of a clinic. What the router forbids
does nothing to the database. Django finds that out late: for every operation it first renders the
models around it anew, which is nearly all the time that a migration takes. Here a migration of an
app that has no place in this schema is noted in the project's state, unrendered, and recorded.

Settings name the command: `TENANT_BASE_MIGRATE_COMMAND`, read by `migrate_schemas`.
"""

from typing import Any

from django.core.management.commands import migrate
from django.db import router
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import ProjectState


class LeanExecutor(MigrationExecutor):
    """Applies what has a place in the schema of its connection; records the rest."""

    def is_elsewhere(self, migration: Migration) -> bool:
        """Tell whether no operation of the migration may touch this schema.

        Sound because the router decides by the app alone, and all operations ask it.
        """
        return not router.allow_migrate(self.connection.alias, migration.app_label)

    def _migrate_all_forwards(
        self,
        state: ProjectState,
        plan: list[tuple[Migration, bool]],
        full_plan: list[tuple[Migration, bool]],
        fake: bool,  # noqa: FBT001  Django's signature
        fake_initial: bool,  # noqa: FBT001
    ) -> ProjectState:
        """Apply the migrations of `plan` in the order of `full_plan`."""
        left = {migration for migration, _ in plan}
        for migration, _ in full_plan:
            if migration not in left:
                continue
            left.remove(migration)
            if self.is_elsewhere(migration):
                state.__dict__.pop("apps", None)  # rendered again when somebody needs them
                state = migration.mutate_state(state, preserve=False)
                self._note(migration)
            else:
                state = self.apply_migration(state, migration, fake=fake, fake_initial=fake_initial)
        return state

    def _note(self, migration: Migration) -> None:
        """Record the migration, and say so, as if it had been applied."""
        if self.progress_callback:
            self.progress_callback("apply_start", migration, True)  # noqa: FBT003
        self.record_migration(migration)  # type: ignore[call-arg, arg-type]  # stubs of an older one
        if self.progress_callback:
            self.progress_callback("apply_success", migration, True)  # noqa: FBT003


class Command(migrate.Command):
    """`migrate` with the executor above, which Django's command names nowhere but in its module."""

    def handle(self, *args: Any, **options: Any) -> None:
        usual = migrate.MigrationExecutor  # type: ignore[attr-defined]
        migrate.MigrationExecutor = LeanExecutor  # type: ignore[attr-defined]
        try:
            super().handle(*args, **options)
        finally:
            migrate.MigrationExecutor = usual  # type: ignore[attr-defined]
