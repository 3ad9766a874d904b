"""Rows of the old system as fields of ours. Pure code: what has no field stays in the notes.

The columns are those of the systems that have been seen, with the other names that they had in
some versions.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from legacy.values import Picker, lines_of
from medical_records.models import (
    Insurance,
    InsuranceRank,
    LabFlag,
    LabResult,
    LabStatus,
    PatientEntry,
    Procedure,
    ProcedureOutcome,
    Visit,
    VisitStatus,
    VisitType,
)
from patients.models import Sex

NOT_GIVEN = "(not given)"  # where a field must say something and the old system said nothing
NOTES = 5_000  # characters
FROM_OLD = "From the old system:"
_SEXES = {
    **dict.fromkeys(("f", "female", "woman"), Sex.FEMALE),
    **dict.fromkeys(("m", "male", "man"), Sex.MALE),
    **dict.fromkeys(("o", "other", "x", "non-binary"), Sex.OTHER),
    **dict.fromkeys(("u", "unknown"), Sex.UNKNOWN),
}
_LAB_STATUS = {
    **dict.fromkeys(("ordered", "pending", "requested"), LabStatus.ORDERED),
    **dict.fromkeys(
        ("collected", "in-progress", "in_progress", "in progress"), LabStatus.COLLECTED
    ),
    **dict.fromkeys(("completed", "resulted", "final", "done"), LabStatus.RESULTED),
    **dict.fromkeys(("cancelled", "canceled"), LabStatus.CANCELLED),
}
_FLAGS = {
    "normal": LabFlag.NORMAL,
    "abnormal": LabFlag.ABNORMAL,
    "low": LabFlag.LOW,
    "high": LabFlag.HIGH,
    **{flag.value.lower(): flag for flag in LabFlag if flag.value},
}
_VISITS = {
    **dict.fromkeys(("virtual", "telehealth", "telemedicine", "phone"), VisitType.VIRTUAL),
    **dict.fromkeys(("home", "home visit"), VisitType.HOME),
    **dict.fromkeys(("inpatient", "hospital"), VisitType.INPATIENT),
    **dict.fromkeys(("emergency", "er", "urgent"), VisitType.EMERGENCY),
    **dict.fromkeys(("ambulatory", "office", "clinic", "in person"), VisitType.AMBULATORY),
}
_OUTCOMES = {
    **dict.fromkeys(("successful", "success"), ProcedureOutcome.SUCCESSFUL),
    **dict.fromkeys(("partly successful", "partial"), ProcedureOutcome.PARTLY),
    **dict.fromkeys(("unsuccessful", "failed"), ProcedureOutcome.UNSUCCESSFUL),
}
_YES = dict.fromkeys(("1", "true", "t", "yes", "primary"), InsuranceRank.PRIMARY)
_NO = dict.fromkeys(("0", "false", "f", "no", "secondary"), InsuranceRank.SECONDARY)


@dataclass
class Mapped:
    """Fields for a model of ours, and the words that found no field."""

    fields: dict[str, Any]
    left: dict[str, str] = field(default_factory=dict)


def patient_fields(row: dict[str, Any]) -> Mapped:
    """Return a patient's fields; their user's e-mail is not taken for theirs."""
    pick = Picker(row)
    first, last = pick.text("first_name", most=100), pick.text("last_name", most=100)
    if not first and not last:
        first, _, last = pick.text("name", "full_name", most=100).partition(" ")
    fields = {
        "first_name": first or NOT_GIVEN,
        "last_name": last or NOT_GIVEN,
        "date_of_birth": pick.day("date_of_birth", "birth_date", "birthdate", "dob"),
        "sex": pick.chosen(_SEXES, "sex", "gender", default=""),
        "email": pick.text("email", most=254).lower(),
        "phone": pick.text("phone", "phone_number", "mobile"),
        "address": pick.text("address", most=500),
        "external_id": pick.text("external_id", "mrn", "medical_record_number", most=100),
        "notes": pick.text("notes", most=10_000),
    }
    return Mapped(fields, pick.left())


def lab_result_fields(row: dict[str, Any], zone: ZoneInfo) -> Mapped:
    pick = Picker(row)
    fields = {
        "test_name": pick.text("test_name", "name", most=200) or NOT_GIVEN,
        "test_code": pick.text("test_code", "code", most=50),
        "status": pick.chosen(_LAB_STATUS, "status", default=LabStatus.ORDERED),
        "ordered_on": pick.day("ordered_date", "ordered_on", "order_date"),
        "collected_on": pick.day("collected_date", "collection_date", "collected_on"),
        "resulted_on": pick.day("completed_date", "resulted_date", "result_date", "resulted_on"),
        "value": pick.text("value", "result_value", "result", "labs_result", most=100),
        "unit": pick.text("unit", "units", most=30),
        "reference_range": pick.text("reference_range", "ref_range", most=100),
        "flag": pick.chosen(_FLAGS, "flag", "labs_result", default=""),
        "notes": pick.text("notes", most=NOTES),
    }
    left = pick.left()
    if fields["status"] == LabStatus.RESULTED and not fields["value"]:
        fields["status"] = LabStatus.COLLECTED  # a result here has its value; theirs is in the file
        left["status"] = str(row.get("status"))
    return Mapped(fields, left)


def visit_fields(row: dict[str, Any], zone: ZoneInfo) -> Mapped:
    pick = Picker(row)
    started = pick.moment(zone, "started_at", "date", "encounter_date", "visit_date")
    ended = pick.moment(zone, "ended_at", "end_date")
    started = started or pick.moment(zone, "created_at")
    past = started is not None and started < datetime.now(UTC)
    fields = {
        "started_at": started,
        # Old visits often have a day and no end; one that is past is over.
        "ended_at": ended
        if ended and started and ended >= started
        else (started if past else None),
        "visit_type": pick.chosen(
            _VISITS, "visit_type", "encounter_type", "type", default=VisitType.AMBULATORY
        ),
        "location": pick.text("location", most=200),
        "reason": pick.text("reason", "chief_complaint", most=500),
        "status": VisitStatus.FINISHED if past else VisitStatus.PLANNED,
    }
    return Mapped(fields, pick.left())


def procedure_fields(row: dict[str, Any], zone: ZoneInfo) -> Mapped:
    pick = Picker(row)
    fields = {
        "name": pick.text("name", "procedure_name", most=200) or NOT_GIVEN,
        "code": pick.text("code", "procedure_code", most=50),
        "performed_at": pick.moment(zone, "performed_at", "date", "procedure_date")
        or pick.moment(zone, "created_at"),
        "outcome": pick.chosen(_OUTCOMES, "outcome", default=""),
        "notes": pick.text("notes", most=NOTES),
    }
    return Mapped(fields, pick.left())


def insurance_fields(row: dict[str, Any], zone: ZoneInfo) -> Mapped:
    pick = Picker(row)
    pick.taken.add("member_id")  # a number, though it is called like a key
    fields = {
        "company": pick.text("company", "company_name", "provider_name", most=200) or NOT_GIVEN,
        "plan": pick.text("plan", "plan_name", most=200),
        "member_id": pick.text("member_id", "policy_number", most=100) or NOT_GIVEN,
        "group_number": pick.text("group_number", "group", most=100),
        "holder": pick.text("holder", "policy_holder_name", "member_name", most=200),
        "valid_from": pick.day("valid_from", "effective_date", "start_date"),
        "valid_to": pick.day("valid_to", "expiration_date", "end_date"),
        "rank": pick.chosen({**_YES, **_NO}, "is_primary", "rank", default=InsuranceRank.SECONDARY),
    }
    return Mapped(fields, pick.left())


@dataclass(frozen=True)
class EntryKind:
    """How rows of a table of records become entries of ours; `notes` takes what is left."""

    model: type[PatientEntry]
    fields: Callable[[dict[str, Any], ZoneInfo], Mapped]
    notes: str = ""


ENTRIES = {
    "lab_results": EntryKind(LabResult, lab_result_fields, "notes"),
    "insurances": EntryKind(Insurance, insurance_fields),
    "encounters": EntryKind(Visit, visit_fields),
    "procedures": EntryKind(Procedure, procedure_fields, "notes"),
}


def with_notes(text: str, left: dict[str, str], *, most: int) -> str:
    """Return a note with what found no field; what is too long stays in the old row only."""
    if not left:
        return text
    whole = "\n".join(part for part in (text, FROM_OLD, lines_of(left)) if part)
    return whole if len(whole) <= most else text
