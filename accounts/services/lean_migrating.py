"""Django's `migrate`, without most of the rendering that makes it slow.

For every operation Django renders the models around it anew, which is nearly all the time that a
migration takes. Two things spare that:

- Each schema goes through all migrations, because each keeps a record of all of them; but the
  shared schema has tables of the shared apps only, and a clinic's those of a clinic. A migration of
  an app that has no place in this schema is noted in the project's state, unrendered, and recorded.
- Operations of one kind that follow each other are one (`Together`), rendered for once.

Settings name the command: `TENANT_BASE_MIGRATE_COMMAND`, read by `migrate_schemas`.
"""

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from django.core.management.commands import migrate
from django.db import router
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import Migration, operations as builtin
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from pgtrigger.migrations import AddTrigger, RemoveTrigger

# Operations that ask for nothing that one of the same kind before them did, so that they may all
# see the models as they are after the last: kinds by class, never by subclass, which may do more.
KINDS = {
    builtin.CreateModel: "models",
    builtin.AddField: "fields",
    **dict.fromkeys([builtin.AddIndex, builtin.AddConstraint, AddTrigger], "added"),
    **dict.fromkeys([builtin.RemoveIndex, builtin.RemoveConstraint, RemoveTrigger], "removed"),
}


class Together(Operation):
    """Operations of one kind, as one: the models around them are rendered once, after all."""

    reduces_to_sql = True
    reversible = True

    def __init__(self, operations: list[Operation]) -> None:
        self.operations = operations

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        apps = state.__dict__.pop("apps", None)  # without, a change of the state renders nothing
        for operation in self.operations:
            operation.state_forwards(app_label, state)
        if apps is None:
            return
        state.__dict__["apps"] = apps
        models = list({(app_label, _model_of(operation)) for operation in self.operations})
        indirect = {"models", "fields"}  # what is related to related models may see these
        state.reload_models(models, delay=KINDS[type(self.operations[0])] not in indirect)

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        for operation in self.operations:
            operation.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        for operation in reversed(self.operations):
            operation.database_backwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        return "; ".join(operation.describe() for operation in self.operations)


def together(operations: Iterable[Operation]) -> list[Operation]:
    """Return the operations with those of one kind that follow each other put together."""
    found: list[Operation] = []
    for kind, run in groupby(operations, key=lambda operation: KINDS.get(type(operation))):
        several = list(run)
        found += [Together(several)] if kind and len(several) > 1 else several
    return found


def _model_of(operation: Operation) -> str:
    name: str = getattr(operation, "model_name", "") or getattr(operation, "name", "")
    return name.lower()


class LeanExecutor(MigrationExecutor):
    """Applies what has a place in the schema of its connection; records the rest."""

    def migrate(self, *arguments: Any, **options: Any) -> ProjectState:
        """Migrate, with what follows each other put together."""
        if not options.get("fake_initial"):  # which looks for the table or column of each operation
            for migration in self.loader.graph.nodes.values():
                migration.operations = together(migration.operations)
        return super().migrate(*arguments, **options)

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
