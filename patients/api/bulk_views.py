from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.permissions import membership_of_request
from accounts.errors import NotPermittedError
from accounts.models import Membership
from documents.api.parsers import DocumentParser
from documents.errors import DocumentTooLargeError
from documents.uploads import LengthRequiredError, SpooledUploadHandler
from patients.api.bulk_serializers import (
    BulkPatientsCreatedSerializer,
    BulkPatientSerializer,
    BulkPatientsRequestSerializer,
    BulkPatientsResultSerializer,
    ImportJobSerializer,
    ImportPreviewRequestSerializer,
    ImportPreviewSerializer,
    ImportRequestSerializer,
    ImportResultSerializer,
)
from patients.api.examples import BULK_EXAMPLES, IMPORT_EXAMPLES
from patients.errors import MAX_ROWS, TooManyRowsError
from patients.imports.columns import COLUMNS
from patients.imports.reading import Told
from patients.services.bulk import create_patients
from patients.services.csv_import import import_csv
from patients.services.import_jobs import (
    MAX_IMPORT_SIZE,
    begin_import,
    is_small,
    keep_for_job,
    look_at,
    preview_import,
)
from patients.services.imports import OnDuplicate

FORM_OVERHEAD = 128 * 1024  # bytes of an upload's body that are not the file
PARTIAL = OpenApiParameter(
    "partial",
    bool,
    description="true: add those that are right, and say of each row what became of it",
)


class BulkPatientsView(APIView):
    """Adds up to 1,000 patients: all of them or none."""

    @extend_schema(
        operation_id="patients_bulk",
        parameters=[PARTIAL],
        request=BulkPatientsRequestSerializer,
        responses={201: BulkPatientsCreatedSerializer, 200: BulkPatientsResultSerializer},
        examples=BULK_EXAMPLES,
    )
    def post(self, request: Request) -> Response:
        membership = membership_of_request(request)
        if not membership.may("patients.add"):
            raise NotPermittedError
        partial = _switch(request.query_params.get("partial", ""))
        form = BulkPatientSerializer(context={"request": request})
        rows = [form.row_of(patient) for patient in _patients_in(request.data)]
        results = create_patients(membership=membership, rows=rows, partial=partial)
        stored = [result.patient_id for result in results if result.stored]
        if not partial:
            body = {"created": stored, "count": len(stored)}
            return Response(body, status=status.HTTP_201_CREATED)
        found = {"count": len(stored), "results": results}
        return Response(BulkPatientsResultSerializer(found).data)


def _patients_in(data: Any) -> list[Any]:
    patients = data.get("patients") if isinstance(data, dict) else None
    if not isinstance(patients, list) or not patients:
        raise ValidationError({"patients": "Send a list of at least one patient."})
    if len(patients) > MAX_ROWS:
        raise TooManyRowsError
    return patients


def _switch(text: str) -> bool:
    if text.lower() not in {"", "true", "false", "1", "0"}:
        raise ValidationError({"partial": "Send true or false."})
    return text.lower() in {"true", "1"}


class FileOfPatientsView(APIView):
    """Takes a file of at most 100 MB."""

    parser_classes = (DocumentParser,)

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        """Set the limit before anybody, the login included, can read the body."""
        if request.method == "POST":
            request.upload_handlers = [
                SpooledUploadHandler(request, limit=MAX_IMPORT_SIZE, only_field="file")
            ]
        return super().initialize_request(request, *args, **kwargs)

    def member(self, request: Request) -> Membership:
        """Return who asks. Raises `NotPermittedError`, and what is said by the body's length."""
        membership = membership_of_request(request)
        if not membership.may("patients.add"):
            raise NotPermittedError
        _refuse_by_length(request)
        return membership


class PreviewImportView(FileOfPatientsView):
    """Says how a file of patients is understood and what would become of its rows.

    Nothing is written or kept. Columns that nobody knows are listed here; the import refuses them.
    """

    @extend_schema(
        operation_id="patients_import_preview",
        request={"multipart/form-data": ImportPreviewRequestSerializer},
        responses={200: ImportPreviewSerializer},
    )
    def post(self, request: Request) -> Response:
        membership = self.member(request)
        form = ImportPreviewRequestSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        found = preview_import(
            membership=membership,
            file=form.validated_data["file"].file,
            told=form.told(),
            on_duplicate=OnDuplicate(form.validated_data["on_duplicate"]),
        )
        recipe = found.recipe
        header = recipe.header
        body = {
            **{name: getattr(recipe, name) for name in ("rows", "format", "encoding")},
            "date_order": recipe.date_order,
            "guessed": recipe.how == "guess",
            "columns": [
                {"title": title, "field": field}
                for title, field in zip(header.titles, header.fields, strict=True)
            ],
            "unknown": header.unknown,
            "known": list(COLUMNS),
            "results": found.verdicts,
        }
        return Response(ImportPreviewSerializer(body, context={"recipe": recipe}).data)


class ImportPatientsView(FileOfPatientsView):
    """Adds the patients of a file: a small one at once, all or none; a large one as a job.

    Small is up to 1,000 patients and 2 MB, without `on_duplicate`. A job adds the lines that are
    right and lists the others; it is answered with 202 and where to watch it.
    """

    @extend_schema(
        operation_id="patients_import_csv",
        request={"multipart/form-data": ImportRequestSerializer},
        responses={
            201: ImportResultSerializer,
            200: ImportResultSerializer,
            202: ImportJobSerializer,
        },
        examples=IMPORT_EXAMPLES,
    )
    def post(self, request: Request) -> Response:
        membership = self.member(request)
        form = ImportRequestSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        told, file = form.told(), form.validated_data["file"].file
        on_duplicate = OnDuplicate(form.validated_data["on_duplicate"])
        recipe = look_at(membership=membership, file=file, told=told)
        if is_small(recipe, on_duplicate):
            return _at_once(membership, file, told, form.validated_data)
        parameters = keep_for_job(
            membership=membership, file=file, recipe=recipe, told=told, on_duplicate=on_duplicate
        )
        job = begin_import(
            membership=membership, parameters=parameters, dry_run=form.validated_data["dry_run"]
        )
        body = {
            "job": job.pk,
            "status_url": reverse("job-detail", args=[job.pk]),
            "rows": recipe.rows,
        }
        return Response(ImportJobSerializer(body).data, status=status.HTTP_202_ACCEPTED)


def _at_once(membership: Membership, file: Any, told: Told, sent: dict[str, Any]) -> Response:
    file.seek(0)
    lines = import_csv(
        membership=membership,
        content=file.read(),
        partial=sent["partial"],
        dry_run=sent["dry_run"],
        told=told,
    )
    body = {
        "dry_run": sent["dry_run"],
        "count": sum(line.status != "error" for line in lines),
        "results": lines,
    }
    everything = not (sent["dry_run"] or sent["partial"])
    return Response(
        ImportResultSerializer(body).data,
        status=status.HTTP_201_CREATED if everything else status.HTTP_200_OK,
    )


def _refuse_by_length(request: Request) -> None:
    length = request.META.get("CONTENT_LENGTH") or ""
    if not length.isdigit():
        raise LengthRequiredError
    if int(length) > MAX_IMPORT_SIZE + FORM_OVERHEAD:
        raise DocumentTooLargeError(limit=MAX_IMPORT_SIZE)
