from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.services.schemas import migrate_all_schemas


class Command(BaseCommand):
    help = "Migrate the shared schema, the template and every clinic that has something pending."

    def handle(self, *args: Any, **options: Any) -> None:
        failed = []
        for result in migrate_all_schemas():
            if result.error:
                failed.append(result.schema)
                self.stderr.write(f"{result.schema}: {result.error}")
            elif result.applied:
                self.stdout.write(f"{result.schema}: {result.applied} migrations applied")
        if failed:
            raise CommandError(f"Not migrated: {', '.join(failed)}. Run again after mending.")
