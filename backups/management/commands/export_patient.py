from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from uuid import UUID

from backups.one_patient.job_kinds import EXPORT
from documents.models import ArchiveKind
from documents.services.stored_archives import announce_archive
from jobs.commands import JobCommand
from jobs.errors import JobParametersError
from patients.models import Patient


class Command(JobCommand):
    help = (
        "Write everything of a patient into a ZIP with a manifest: to a file or folder, or into the"
        " store, from where administrators can fetch it for ARCHIVE_HOURS."
    )
    kind = EXPORT

    def add_kind_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--patient", required=True, metavar="ID")
        parser.add_argument("--to", metavar="FOLDER|FILE")

    def parameters(self, options: dict[str, Any]) -> dict[str, Any]:
        if options["to"]:
            return {"patient": options["patient"], "to": str(Path(options["to"]).resolve())}
        try:
            patient_id = UUID(options["patient"])
        except ValueError as error:
            raise JobParametersError("That is no id.", field="patient") from error
        if not Patient.objects.filter(pk=patient_id).exists():
            raise JobParametersError("There is no such patient in this clinic.", field="patient")
        if options["dry_run"]:
            raise JobParametersError("Name with --to where it would go.", field="to")
        kind = ArchiveKind.PATIENT_EXPORT
        archive = announce_archive(membership=None, kind=kind, patient_id=patient_id)
        return {"archive": str(archive.pk)}
