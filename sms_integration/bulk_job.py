"""Writing to many patients: what the job does with each of them."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from accounts.errors import ProblemError
from accounts.models import Membership
from accounts.policies import current_account, memberships_of
from jobs.errors import ItemError, JobParametersError, StopRunError
from jobs.kinds import (
    Done,
    Gap,
    ItemKind,
    NewItem,
    Outcome,
    Reconciliation,
    Skipped,
    WorkItem,
)
from patients.models import Patient, PatientStatus
from patients.policies import patients_visible_to
from sms_integration.errors import (
    NoGatewayError,
    NoPhoneError,
    NotReachableError,
    SuppressedError,
)
from sms_integration.models import Message, MessageStatus, Template
from sms_integration.services.bulk import KIND
from sms_integration.services.gateways import active_gateway
from sms_integration.services.placeholders import MissingValueError, check_placeholders, fill
from sms_integration.services.sending import conversation_with, send_text
from sms_integration.services.settling import WAITING
from sms_integration.services.texts import checked_text

PAGE = 2_000  # rows that are read at a time


class SendMessages(ItemKind):
    """Writes the same text, filled in for each, to many patients; see docs/messages.md.

    Parameters: `template` (id) or `body`, both with placeholders; `patients` (ids), or `status` and
    `clinician` to choose them; `membership`: who writes, whose patients they must be (none is the
    operator); `key`: so that asking twice is one job. The job and the patient make the message's
    idempotency key, so nobody gets two, however often it is killed and started again.
    """

    name = KIND
    title = "Messages to patients"
    max_failed_share = 1.0
    concurrency = 1  # a few rows for each; it is the gateway's pace that takes time

    @classmethod
    def clean(cls, parameters: Mapping[str, Any]) -> dict[str, Any]:
        template, body = str(parameters.get("template") or ""), parameters.get("body") or ""
        if bool(template) == bool(body):
            raise JobParametersError("Send a text or a template, one of them.", field="body")
        if template and not _templates().filter(pk=_id(template, "template")).exists():
            raise JobParametersError("There is no such template.", field="template_id")
        if body:
            try:
                body = checked_text(body)
                check_placeholders(body)
            except ProblemError as error:
                raise JobParametersError(error.detail, field="body") from error
        status = str(parameters.get("status") or "")
        if status and status not in PatientStatus.values:
            raise JobParametersError(
                f"Choose one of {', '.join(PatientStatus.values)}.", field="status"
            )
        named = parameters.get("patients")
        if named is not None and not named:
            raise JobParametersError("Name at least one patient.", field="patient_ids")
        if named is None and not status and not parameters.get("clinician"):
            raise JobParametersError(
                "Say to whom: patients, a status or a clinician.", field="patient_ids"
            )
        ids = None if named is None else sorted({str(_id(one, "patient_ids")) for one in named})
        return {
            "patients": ids,
            "status": status,
            "clinician": str(_id(parameters["clinician"], "clinician_id"))
            if parameters.get("clinician")
            else "",
            "template": template,
            "body": body,
            "membership": str(parameters.get("membership") or ""),
            "key": str(parameters.get("key") or ""),
        }

    def start(self) -> None:
        self.membership = self._member()
        self.template = None
        if self.parameters["template"]:
            self.template = _templates().filter(pk=self.parameters["template"]).first()
            if self.template is None:
                raise StopRunError("no_template", "The template has been switched off.")
        try:
            active_gateway()
        except NoGatewayError as error:
            raise StopRunError(error.code, error.detail) from error

    def _member(self) -> Membership | None:
        pk = self.parameters["membership"]
        if not pk:
            return None
        members = memberships_of(current_account().pk).select_related("user", "account")
        found = members.filter(pk=pk, user__is_active=True).first()
        if found is None or not found.may("messages.add"):
            raise StopRunError("not_permitted", "Who began this may not write any more.")
        return found

    def _patients(self) -> QuerySet[Patient]:
        return patients_visible_to(self.membership) if self.membership else Patient.objects.all()

    def list_items(self) -> Iterator[NewItem]:
        chosen = self._patients()
        if self.parameters["patients"] is not None:
            chosen = chosen.filter(pk__in=self.parameters["patients"])
        if self.parameters["status"]:
            chosen = chosen.filter(status=self.parameters["status"])
        if self.parameters["clinician"]:
            chosen = chosen.filter(clinician=self.parameters["clinician"])
        ids = chosen.order_by("pk").values_list("pk", flat=True)
        for pk in ids.iterator(chunk_size=PAGE):
            yield NewItem(f"{self.job.pk}:{pk}", {"patient": str(pk)})

    def process(self, item: WorkItem) -> Outcome:
        if known := self.known(item.source_id):
            return known
        patient = self._patients().filter(pk=item.payload["patient"]).first()
        if patient is None:
            return Skipped("not_found")
        try:
            return self._write(item, patient)
        except NotReachableError:
            return Skipped(patient.status)
        except (NoPhoneError, SuppressedError, MissingValueError) as error:
            return Skipped(error.code, dict(error.extra))
        except NoGatewayError as error:
            raise StopRunError(error.code, error.detail) from error
        except ProblemError as error:
            raise ItemError(error.code, error.detail) from error

    @transaction.atomic
    def _write(self, item: WorkItem, patient: Patient) -> Outcome:
        talk = conversation_with(patient)
        body = fill(self.template.body if self.template else self.parameters["body"], patient)
        message = send_text(
            conversation=talk,
            body=body,
            idempotency_key=f"job:{item.source_id}",
            by=self.membership.user if self.membership else None,
            template=self.template,
        )
        if self.dry_run:
            transaction.set_rollback(True)
            return Done("would_send")
        self.remember(item.source_id, message)
        return Done("queued")

    def reconcile(self) -> Reconciliation:
        """Read the messages again: as many as patients who were written to, each of them one."""
        if self.dry_run:
            return Reconciliation()
        there = Message.objects.filter(idempotency_key__startswith=f"job:{self.job.pk}:").count()
        wanted = self.job.counts.get("queued", 0) + self.job.counts.get("done", 0)
        gaps = () if there == wanted else (Gap("messages", "count", f"{there} of {wanted}"),)
        return Reconciliation(gaps, {"messages": there})

    def undo(self, link: Any, target: Any) -> None:
        """Cancel what has not gone out yet; what has cannot be called back."""
        if target is None:
            return
        row = Message.objects.select_for_update(of=("self",)).get(pk=target.pk)
        if row.status == MessageStatus.CANCELED:
            return
        if row.status not in WAITING:
            raise ItemError("changed_since", "It has been sent already.")
        row.status, row.due_at = MessageStatus.CANCELED, None
        row.save(update_fields=["status", "due_at", "updated_at"])


def _templates() -> QuerySet[Template]:
    return Template.objects.filter(is_active=True)


def _id(value: Any, field: str) -> UUID:
    try:
        return UUID(str(value))
    except ValueError as error:
        raise JobParametersError("This is no id.", field=field) from error
