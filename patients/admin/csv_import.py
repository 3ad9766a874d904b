"""The page that imports patients from a CSV file: choose, look, confirm."""

import base64
import binascii
import zlib
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.widgets import UnfoldAdminFileFieldWidget

from accounts.clinic_admin import membership_in
from accounts.errors import ProblemError
from patients.errors import MAX_CSV_SIZE
from patients.models import Patient
from patients.services.csv_import import COLUMNS, LineResult, import_csv

CARRIED = "_csv"  # the file, on its way from the preview to the confirmation


DAMAGED = "The file has been damaged on its way. Choose it again."


class CsvForm(forms.Form):
    file = forms.FileField(
        label="CSV file",
        widget=UnfoldAdminFileFieldWidget,
        help_text="UTF-8; comma, semicolon or tab; at most 1,000 patients and 2 MB.",
    )

    def clean_file(self) -> bytes:
        sent = self.cleaned_data["file"]
        if sent.size > MAX_CSV_SIZE:
            raise ValidationError("The file is larger than 2 MB; split it.", code="too_large")
        return bytes(sent.read())


def import_page(page: Any, request: HttpRequest) -> HttpResponse:
    """Show the form; a file's preview; or, once confirmed, import what is right of it."""
    if request.method == "POST" and CARRIED in request.POST:
        return _import(page, request)
    form = CsvForm(request.POST or None, request.FILES or None)
    lines: list[LineResult] = []
    carried = ""
    if request.method == "POST" and form.is_valid():
        content = form.cleaned_data["file"]
        try:
            lines = import_csv(membership=membership_in(request), content=content, dry_run=True)
            carried = base64.b64encode(zlib.compress(content)).decode()
        except ProblemError as error:
            form.add_error("file", error.detail)
    context = {
        **page.admin_site.each_context(request),
        "title": "Import patients",
        "opts": Patient._meta,
        "form": form,
        "columns": ", ".join(COLUMNS),
        "lines": lines,
        "right": sum(not line.faults for line in lines),
        "wrong": sum(bool(line.faults) for line in lines),
        "carried": carried,
        "back": reverse("admin:patients_patient_changelist"),
    }
    return TemplateResponse(request, "patients/import_csv.html", context)


def _import(page: Any, request: HttpRequest) -> HttpResponse:
    """Import what was shown; a line that has gone wrong since is named, and the others go in."""
    try:
        content = _unpacked(request.POST[CARRIED])
        lines = import_csv(membership=membership_in(request), content=content, partial=True)
    except ProblemError as error:
        page.message_user(request, error.detail, messages.ERROR)
        return HttpResponseRedirect(request.path)
    added = sum(line.stored for line in lines)
    page.message_user(request, f"{added} patients imported.", messages.SUCCESS)
    if added < len(lines):
        text = f"{len(lines) - added} lines were not imported."
        page.message_user(request, text, messages.WARNING)
    return HttpResponseRedirect(reverse("admin:patients_patient_changelist"))


def _unpacked(text: str) -> bytes:
    unpack = zlib.decompressobj()
    try:
        content = unpack.decompress(base64.b64decode(text, validate=True), MAX_CSV_SIZE + 1)
    except (binascii.Error, ValueError, zlib.error) as error:
        raise ProblemError(DAMAGED) from error
    if not unpack.eof:
        raise ProblemError(DAMAGED)
    return content
