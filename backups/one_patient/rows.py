"""A row of a patient as JSON, and back: what is given out, and what an import does with it."""

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Field, JSONField, Model

from accounts.models import Membership, User
from backups.shapes import is_of_clinics

# What no export gives out: a secret, or what means nothing elsewhere.
LEFT_OUT = {
    "patients.patient": {"research_id"},  # whoever knew it could look the patient up in research
    "invites.invite": {"token_hash"},
    # They name the clinic's own accounts and templates, and what must be unique in a clinic.
    "sms_integration.message": {"gateway", "template", "idempotency_key", "due_at", "attempts"},
    "sms_integration.inboundmedia": {"url"},
    "sms_integration.medialink": {"token_hash"},
    "documents.document": {
        *("s3_key", "s3_bucket", "other_keys", "encoding", "batch", "content_type", "upload_key")
    },
}
# Tables whose rows are exported, and what an import does with them.
ROWS, DOCUMENTS, NOT_IMPORTED, OURS = "as rows", "as documents", "not", "not even exported"
IMPORTED = {
    "patients.patient": ROWS,
    "patients.guardian": ROWS,  # where the login is a member here
    "documents.imagebatch": ROWS,
    "documents.document": DOCUMENTS,
    "medical_records.atreport": ROWS,
    "medical_records.insurance": ROWS,
    "medical_records.labresult": ROWS,
    "medical_records.visit": ROWS,
    "medical_records.medicalrecord": ROWS,
    "medical_records.procedure": ROWS,
    "medical_records.addendum": ROWS,
    "medical_records.diagnosis": ROWS,
    "sms_integration.conversation": ROWS,
    "sms_integration.message": ROWS,
    "sms_integration.inboundmedia": NOT_IMPORTED,  # what came is a document; the rest has gone
    "sms_integration.medialink": OURS,  # opens nothing for long
    "invites.invite": NOT_IMPORTED,  # a link of another time opens nothing
    "legacy.oldrow": NOT_IMPORTED,  # belongs to the move of an old system
    "filemaker.filemakerrecord": NOT_IMPORTED,  # FileMaker's next listing brings it again
    "documents.preview": OURS,  # made again from the document
    "documents.directupload": OURS,  # how a document came in
}
PEOPLE = (User, Membership)


def fields_of(model: type[Model]) -> Iterator["Field[Any, Any]"]:
    """Yield the columns that an export gives out."""
    left_out = LEFT_OUT.get(model._meta.label_lower, set())
    for field in model._meta.concrete_fields:
        if not field.generated and field.name not in left_out:
            yield field


def as_json(row: Model) -> dict[str, Any]:
    """Return a row's columns; encrypted ones in plain, for the export is the patient's own."""
    return {field.attname: _plain(field, row) for field in fields_of(type(row))}


def _plain(field: "Field[Any, Any]", row: Model) -> Any:
    value = field.value_from_object(row)
    if value is None or isinstance(value, (bool, int, float, list, dict)):
        return [str(one) for one in value] if isinstance(value, list) and _of_ids(field) else value
    return field.value_to_string(row)


def _of_ids(field: "Field[Any, Any]") -> bool:
    return not isinstance(field, JSONField)


def people_fields(model: type[Model]) -> Iterator["Field[Any, Any]"]:
    """Yield the columns that name a login or a member."""
    for field in model._meta.concrete_fields:
        target = field.related_model
        if isinstance(target, type) and target in PEOPLE and not is_of_clinics(target):
            yield field


def from_json(model: type[Model], said: dict[str, Any]) -> Model:
    """Return the row that JSON describes, not stored. Raises `ValidationError`.

    Columns of today that the export does not know get their defaults.
    """
    known = {field.attname: field for field in fields_of(model)}
    if strange := sorted(said.keys() - known.keys()):
        raise ValidationError({strange[0][:50]: "This version knows no such column."})
    values = {}
    for name, value in said.items():
        field = known[name]
        try:
            values[name] = value if isinstance(field, JSONField) else field.to_python(value)
        except ValidationError as error:
            raise ValidationError({name: error.messages}) from error
    return model(**values)
