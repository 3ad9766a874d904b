from typing import Any
from uuid import UUID

from django.db.models import Model
from rest_framework import serializers

from accounts.models import Membership
from patients.api.serializers import ClinicianField, PatientSerializer
from patients.imports.columns import MAX_MAPPING, read_mapping
from patients.imports.reading import DATE_ORDERS, Told
from patients.services.bulk import Row, RowFault
from patients.services.imports import OnDuplicate, Verdict


class KnownClinicianField(ClinicianField):
    """A membership in this clinic, of which all are fetched once for a thousand patients."""

    _known: dict[UUID, Membership] | None = None

    def to_internal_value(self, data: Any) -> Model:
        pk = self.pk_field.to_internal_value(data)  # type: ignore[union-attr]
        if self._known is None:
            self._known = {found.pk: found for found in self.get_queryset()}
        if pk not in self._known:
            self.fail("does_not_exist", pk_value=data)
        return self._known[pk]


class BulkPatientSerializer(PatientSerializer):
    clinician_id = KnownClinicianField(
        source="clinician",
        queryset=Membership.objects.none(),
        allow_null=True,
        required=False,
        pk_field=serializers.UUIDField(),
        help_text="membership of the clinician",
    )

    def row_of(self, data: Any) -> Row:
        """Return a row for the service: its fields, or what is wrong with what was sent."""
        try:
            return Row(self.run_validation(data))
        except serializers.ValidationError as error:
            return Row({}, tuple(_faults(error.detail)))


def _faults(detail: Any, path: str = "") -> list[RowFault]:
    if isinstance(detail, dict):
        return [
            fault
            for name, below in detail.items()
            for fault in _faults(below, "" if name == "non_field_errors" else str(name))
        ]
    return [RowFault(path, reason.code, str(reason)) for reason in detail]


class BulkPatientsRequestSerializer(serializers.Serializer):
    patients = BulkPatientSerializer(many=True)


class PatientFaultSerializer(serializers.Serializer):
    field = serializers.CharField(help_text="empty: the row as a whole")
    code = serializers.CharField()
    message = serializers.CharField()
    patient_id = serializers.UUIDField(
        allow_null=True, help_text="of the patient who has it already, if you may see them"
    )


class PatientRowResultSerializer(serializers.Serializer):
    index = serializers.IntegerField(help_text="from 0, in the order of the request")
    status = serializers.CharField(help_text="created, valid (a trial run) or error")
    id = serializers.UUIDField(source="patient_id", allow_null=True)
    errors = PatientFaultSerializer(source="faults", many=True)  # type: ignore[assignment]


class BulkPatientsCreatedSerializer(serializers.Serializer):
    created = serializers.ListField(child=serializers.UUIDField(), help_text="in your order")
    count = serializers.IntegerField()


class BulkPatientsResultSerializer(serializers.Serializer):
    count = serializers.IntegerField(help_text="of patients that were added")
    results = PatientRowResultSerializer(many=True)


class LineResultSerializer(PatientRowResultSerializer):
    line = serializers.IntegerField(help_text="of the file, from 1, where the patient begins")


class ImportPreviewRequestSerializer(serializers.Serializer):
    file = serializers.FileField(help_text="CSV or Excel (.xlsx), at most 100 MB")
    on_duplicate = serializers.ChoiceField(
        choices=OnDuplicate.choices,
        required=False,
        default=OnDuplicate.REPORT,
        help_text="of patients who are there already: report them as errors, skip or update them"
        " (by a job, whatever the size)",
    )
    encoding = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        max_length=50,
        help_text="such as cp850; else it is found out",
    )
    delimiter = serializers.CharField(
        required=False,
        allow_blank=True,
        default="",
        max_length=1,
        trim_whitespace=False,
        help_text="one character; else it is found out",
    )
    sheet = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        max_length=100,
        help_text="of a workbook; else the first",
    )
    date_order = serializers.ChoiceField(
        choices=DATE_ORDERS,
        required=False,
        default="",
        allow_blank=True,
        help_text="of dates like 1/3/2015",
    )
    mapping = serializers.CharField(
        required=False,
        allow_blank=True,
        default="",
        max_length=MAX_MAPPING,
        help_text='which column is which field, as JSON: `{"Rufname": "first_name"}`',
    )

    def told(self) -> Told:
        """Return what the sender says of the file. Raises `CsvError`."""
        sent = self.validated_data
        mapping = read_mapping(sent["mapping"].encode()) if sent["mapping"] else {}
        names = ("encoding", "delimiter", "sheet", "date_order")
        return Told(mapping=mapping, **{name: sent[name] for name in names})


class ImportRequestSerializer(ImportPreviewRequestSerializer):
    dry_run = serializers.BooleanField(
        required=False, default=False, help_text="only say what would happen"
    )
    partial = serializers.BooleanField(  # type: ignore[assignment]
        required=False,
        default=False,
        help_text="add the lines that are right, leave the others; a job always does",
    )


class ImportJobSerializer(serializers.Serializer):
    job = serializers.UUIDField(help_text="the file is imported in the background")
    status_url = serializers.CharField(help_text="where to ask how far it is")
    rows = serializers.IntegerField(help_text="in the file")


class ImportResultSerializer(serializers.Serializer):
    dry_run = serializers.BooleanField()
    count = serializers.IntegerField(help_text="of patients that were added, or would be")
    results = LineResultSerializer(many=True)


class ImportColumnSerializer(serializers.Serializer):
    title = serializers.CharField()
    field = serializers.CharField(help_text="what it is taken for; empty: it is not imported")


class PreviewedRowSerializer(serializers.Serializer):
    """What would become of one row."""

    line = serializers.IntegerField(source="record.line", help_text="of the file, from 1")
    name = serializers.SerializerMethodField()
    outcome = serializers.SerializerMethodField(
        help_text="imported, updated, already_there or refused"
    )
    errors = PatientFaultSerializer(source="faults", many=True)  # type: ignore[assignment]

    def get_name(self, verdict: Verdict) -> str:
        cells = self.context["recipe"].cells_of(verdict.record)
        return " ".join(filter(None, (cells.get("first_name"), cells.get("last_name"))))

    def get_outcome(self, verdict: Verdict) -> str:
        return "refused" if verdict.faults else verdict.code


class ImportPreviewSerializer(serializers.Serializer):
    """How a file is understood. Of a large one `results` are of the first rows only."""

    rows = serializers.IntegerField(help_text="in the file")
    format = serializers.CharField(help_text="csv or xlsx")
    encoding = serializers.CharField()
    guessed = serializers.BooleanField(help_text="the encoding is a guess: look at the names")
    date_order = serializers.ChoiceField(choices=DATE_ORDERS)
    columns = ImportColumnSerializer(many=True)
    unknown = serializers.ListField(
        child=serializers.CharField(),
        help_text="titles that nobody knows; `mapping` says what they are, or `-`",
    )
    known = serializers.ListField(child=serializers.CharField(), help_text="fields there are")
    results = PreviewedRowSerializer(many=True)
