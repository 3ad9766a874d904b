"""The page that imports patients from a file: choose, look, confirm.

A small file (1,000 rows, 2 MB) is shown whole and imported at once; of a larger one the first rows
are shown, and a job imports it.
"""

import base64
import binascii
import zlib
from typing import Any

from django import forms
from django.contrib import messages
from django.core import signing
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.widgets import (
    UnfoldAdminFileFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from accounts.clinic_admin import membership_in
from accounts.errors import ProblemError
from documents.errors import MB
from documents.uploads import largest_size_limit
from patients.errors import MAX_CSV_SIZE
from patients.imports.columns import read_mapping
from patients.imports.reading import DATE_ORDERS, Recipe, Told
from patients.models import Patient
from patients.services.csv_import import COLUMNS, LineResult, import_csv
from patients.services.import_jobs import (
    MAX_IMPORT_SIZE,
    begin_import,
    is_small,
    keep_for_job,
    look_at,
    preview,
)
from patients.services.imports import OnDuplicate, Verdict

CARRIED = "_csv"  # a small file, on its way from the preview to the confirmation
JOB = "_job"  # where a large one is kept meanwhile
SALT = "patients.import"
AN_HOUR = 3600  # seconds; then the kept file is cleared
DAMAGED = "The file has been damaged on its way. Choose it again."
LATE = "That was too long ago. Choose the file again."


class ImportForm(forms.Form):
    file = forms.FileField(
        label="CSV or Excel file",
        widget=UnfoldAdminFileFieldWidget,
        help_text="CSV in any encoding and with any delimiter, or .xlsx; at most 100 MB.",
    )
    on_duplicate = forms.ChoiceField(
        label="patients who are there already",
        choices=OnDuplicate.choices,
        initial=OnDuplicate.REPORT,
        required=False,
        widget=UnfoldAdminSelectWidget,
    )
    date_order = forms.ChoiceField(
        label="dates like 1/3/2015",
        choices=[("", "as is usual here"), *((order, order) for order in DATE_ORDERS)],
        required=False,
        widget=UnfoldAdminSelectWidget,
        help_text="D is the day, M the month.",
    )
    encoding = forms.CharField(
        required=False,
        max_length=50,
        widget=UnfoldAdminTextInputWidget,
        help_text="Only where it is not found out rightly: cp1252, cp850, mac-roman …",
    )
    mapping = forms.CharField(
        required=False,
        max_length=10_000,
        widget=UnfoldAdminTextInputWidget,
        help_text='Only for unusual columns: {"Rufname": "first_name", "Fax": "-"}',
    )

    def clean_file(self) -> Any:
        sent = self.cleaned_data["file"]
        limit = min(MAX_IMPORT_SIZE, largest_size_limit())  # above it the upload was not kept
        if sent.size > limit:
            text = f"The file is larger than {limit // MB} MB; an operator can import it."
            raise ValidationError(text, code="too_large")
        return sent.file

    def told(self) -> Told:
        sent = self.cleaned_data
        mapping = read_mapping(sent["mapping"].encode()) if sent["mapping"] else {}
        return Told(mapping=mapping, encoding=sent["encoding"], date_order=sent["date_order"])


def import_page(page: Any, request: HttpRequest) -> HttpResponse:
    """Show the form; a file's preview; or, once confirmed, import what is right of it."""
    if request.method == "POST" and JOB in request.POST:
        return _begin(page, request)
    if request.method == "POST" and CARRIED in request.POST:
        return _import(page, request)
    form = ImportForm(request.POST or None, request.FILES or None)
    shown: dict[str, Any] = {}
    if request.method == "POST" and form.is_valid():
        try:
            shown = _preview(request, form)
        except ProblemError as error:
            form.add_error(error.field if error.field in form.fields else None, error.detail)
    context = {
        **page.admin_site.each_context(request),
        "title": "Import patients",
        "opts": Patient._meta,
        "form": form,
        "columns": ", ".join(COLUMNS),
        "back": reverse("admin:patients_patient_changelist"),
        **shown,
    }
    return TemplateResponse(request, "patients/import_csv.html", context)


def _preview(request: HttpRequest, form: ImportForm) -> dict[str, Any]:
    """Return what the template shows of a file. Raises `ProblemError`."""
    membership, told = membership_in(request), form.told()
    file = form.cleaned_data["file"]
    on_duplicate = OnDuplicate(form.cleaned_data["on_duplicate"] or OnDuplicate.REPORT)
    recipe = look_at(membership=membership, file=file, told=told)
    shown: dict[str, Any] = {"recipe": recipe, "matched": _matched(recipe)}
    if is_small(recipe, on_duplicate):
        file.seek(0)
        content = file.read()
        lines = import_csv(membership=membership, content=content, dry_run=True, told=told)
        wrong = sum(bool(line.faults) for line in lines)
        packed = base64.b64encode(zlib.compress(content)).decode()
        said = signing.dumps(vars(told), salt=SALT)
        return {
            **shown,
            "lines": [_shown_line(line) for line in lines],
            "right": len(lines) - wrong,
            "wrong": wrong,
            "carried": packed,
            "told": said,
        }
    verdicts = preview(membership=membership, file=file, recipe=recipe, on_duplicate=on_duplicate)
    parameters = keep_for_job(
        membership=membership, file=file, recipe=recipe, told=told, on_duplicate=on_duplicate
    )
    return {
        **shown,
        "lines": [_shown_row(verdict, recipe) for verdict in verdicts],
        "job": signing.dumps(parameters, salt=SALT),
    }


def _matched(recipe: Recipe) -> list[tuple[str, str]]:
    header = recipe.header
    return [(t, name) for t, name in zip(header.titles, header.fields, strict=True) if name]


def _shown_line(line: LineResult) -> dict[str, Any]:
    return {"line": line.line, "patient": line.patient or "–", "faults": line.faults}


def _shown_row(verdict: Verdict, recipe: Recipe) -> dict[str, Any]:
    cells = recipe.cells_of(verdict.record)
    return {
        "line": verdict.record.line,
        "patient": " · ".join(cells.values()) or "–",
        "faults": verdict.faults,
        "code": {"already_there": "Is there already", "updated": "Will be updated"}.get(
            verdict.code, ""
        ),
    }


def _import(page: Any, request: HttpRequest) -> HttpResponse:
    """Import what was shown; a line that has gone wrong since is named, and the others go in."""
    try:
        content = _unpacked(request.POST[CARRIED])
        told = Told(**_signed(request.POST.get("_told") or signing.dumps({}, salt=SALT)))
        lines = import_csv(
            membership=membership_in(request), content=content, partial=True, told=told
        )
    except ProblemError as error:
        page.message_user(request, error.detail, messages.ERROR)
        return HttpResponseRedirect(request.path)
    added = sum(line.stored for line in lines)
    page.message_user(request, f"{added} patients imported.", messages.SUCCESS)
    if added < len(lines):
        text = f"{len(lines) - added} lines were not imported."
        page.message_user(request, text, messages.WARNING)
    return HttpResponseRedirect(reverse("admin:patients_patient_changelist"))


def _begin(page: Any, request: HttpRequest) -> HttpResponse:
    """Start the job of a file that was looked at; confirming twice goes on with the same one."""
    membership = membership_in(request)
    try:
        parameters = _signed(request.POST[JOB])
        job = begin_import(membership=membership, parameters=parameters)
    except ProblemError as error:
        page.message_user(request, error.detail, messages.ERROR)
        return HttpResponseRedirect(request.path)
    rows = job.parameters["recipe"]["rows"]
    page.message_user(request, f"{rows} rows are being imported.", messages.SUCCESS)
    if membership.may("jobs.view"):
        return HttpResponseRedirect(reverse("admin:jobs_job_change", args=[job.pk]))
    return HttpResponseRedirect(reverse("admin:patients_patient_changelist"))


def _signed(text: str) -> dict[str, Any]:
    try:
        return dict(signing.loads(text, salt=SALT, max_age=AN_HOUR))
    except signing.SignatureExpired as error:
        raise ProblemError(LATE) from error
    except signing.BadSignature as error:
        raise ProblemError(DAMAGED) from error


def _unpacked(text: str) -> bytes:
    unpack = zlib.decompressobj()
    try:
        content = unpack.decompress(base64.b64decode(text, validate=True), MAX_CSV_SIZE + 1)
    except (binascii.Error, ValueError, zlib.error) as error:
        raise ProblemError(DAMAGED) from error
    if not unpack.eof:
        raise ProblemError(DAMAGED)
    return content
