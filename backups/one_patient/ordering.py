"""An administrator has everything of a patient exported, in the background."""

from uuid import UUID

from accounts.errors import NotFoundError, NotPermittedError
from accounts.models import Membership
from backups.one_patient.job_kinds import EXPORT
from documents.models import ArchiveFile, ArchiveKind
from documents.services.stored_archives import start_archive
from patients.models import Patient
from patients.policies import patients_visible_to


def order_export(*, membership: Membership, patient_id: UUID) -> ArchiveFile:
    """Start the export of a patient; whoever asks again gets the one that is being made.

    Raises `NotFoundError`, `NotPermittedError`, `TooManyArchivesError`.
    """
    patient = visible_patient(membership, patient_id)
    if not membership.may("patients.export"):
        raise NotPermittedError
    return start_archive(
        membership=membership,
        kind=ArchiveKind.PATIENT_EXPORT,
        job_kind=EXPORT,
        patient_id=patient.pk,
    )


def visible_patient(membership: Membership, patient_id: UUID) -> Patient:
    found = patients_visible_to(membership).filter(pk=patient_id).first()
    if found is None:
        raise NotFoundError
    return found
