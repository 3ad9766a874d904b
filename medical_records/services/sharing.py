"""Sending a finalised AT report: a link by e-mail, good for a day."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.core import signing
from django.utils import timezone

from accounts.audit.models import AccessAction
from accounts.audit.services import record_access
from accounts.errors import NotPermittedError, ProblemError
from accounts.mail import send_mail
from accounts.models import Membership
from accounts.policies import current_account
from accounts.tenancy import current_schema
from documents.models import Document, DocumentState
from documents.registry import policy_for_model
from medical_records.models import ATReport
from medical_records.services.at_reports import store_report
from patients.models import Patient

LIFETIME = timedelta(hours=24)
SALT = "medical_records.sharing"


class UnknownLinkError(ProblemError):
    """Expired, forged, another clinic's, or of a document that is no longer there: all alike."""

    status = 404
    code = "unknown_link"
    detail = "This link is not valid any more. Ask the clinic for a new one."


class NoAddressError(ProblemError):
    code = "no_address"
    detail = "Neither the patient nor a guardian has an e-mail address; add one first."


@dataclass(frozen=True)
class Sent:
    sent_to: str
    expires_at: datetime


def send_report(*, membership: Membership, report: ATReport, address: str, email: str = "") -> Sent:
    """E-mail a link to the report's PDF to the patient or an active guardian.

    `address` is where the clinic's page for such links is, without the token. The link is in the
    access log before it is on its way. Raises `NotFinalizedError`, `NoAddressError`,
    `MailUnavailableError`,
    and `ProblemError` for an address that belongs to neither.
    """
    if not membership.may("records.change"):
        raise NotPermittedError
    document = store_report(report)
    recipient = _recipient(report.patient, email)
    record_access(
        membership=membership,
        action=AccessAction.LINK,
        object_type="documents.document",
        object_ids=[document.pk],
        patient=str(report.patient_id),
        by="e-mail",
    )
    expires_at = timezone.now() + LIFETIME
    token = signing.dumps({"clinic": current_schema(), "document": str(document.pk)}, salt=SALT)
    account = current_account()
    send_mail(
        account=account,
        to=recipient,
        subject=f"A document from {account.name}",
        template="medical_records/report_mail",
        context={"link": f"{address}#{token}", "expires_at": expires_at},
    )
    return Sent(sent_to=recipient, expires_at=expires_at)


def document_of_link(token: str) -> Document:
    """Return the available document that a link is for, noting that it is read.

    Raises `UnknownLinkError`.
    """
    try:
        found = signing.loads(token, salt=SALT, max_age=LIFETIME)
    except (signing.BadSignature, ValueError) as error:
        raise UnknownLinkError from error
    if found["clinic"] != current_schema():
        raise UnknownLinkError
    policy = policy_for_model(ATReport)
    document = Document.objects.filter(
        pk=UUID(found["document"]),
        content_type_id=policy.content_type_id,
        state=DocumentState.AVAILABLE,
    ).first()
    if document is None:
        raise UnknownLinkError
    record_access(
        membership=None,
        action=AccessAction.DOWNLOAD,
        object_type="documents.document",
        object_ids=[document.pk],
        patient=str(document.patient_id),
        by="e-mailed link",
    )
    return document


def _recipient(patient: Patient, email: str) -> str:
    guardians = patient.guardians.filter(is_active=True).select_related("user").order_by("pk")
    known = [patient.email, *(guardian.user.email for guardian in guardians)]
    addresses = [address for address in known if address]
    if not addresses:
        raise NoAddressError
    if not email:
        return addresses[0]
    for address in addresses:
        if address.lower() == email.strip().lower():
            return address
    raise ProblemError(
        "This is neither the patient's nor an active guardian's address.",
        field="email",
        code="unknown_address",
    )
