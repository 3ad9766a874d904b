from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from backups.one_patient.erasing import begin_erasure
from backups.one_patient.erasing_job import ERASE, is_under_way
from jobs.commands import JobCommand
from jobs.errors import JobParametersError


class Command(JobCommand):
    help = (
        "Erase a patient: rows, history, documents with all versions, ZIPs. Without --apply it only"
        " shows what would go, and what forbids it. Interrupted, type the same again."
    )
    kind = ERASE
    removes = True

    def add_kind_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--patient", required=True, metavar="ID")
        parser.add_argument("--reason", default="", help="stays in the receipt: name nobody in it")

    def parameters(self, options: dict[str, Any]) -> dict[str, Any]:
        try:
            patient_id = UUID(options["patient"])
        except ValueError as error:
            raise JobParametersError("That is no id.", field="patient") from error
        if not options["apply"] and not is_under_way(patient_id):
            return {"patient": str(patient_id)}
        if not options["apply"]:
            raise JobParametersError(
                "This patient's erasure is under way; go on with --apply.", field="apply"
            )
        erasure = begin_erasure(erased_by=None, patient_id=patient_id, reason=options["reason"])
        return {"erasure": str(erasure.pk)}
