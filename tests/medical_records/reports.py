"""AT reports for the tests about them."""

from pathlib import Path

import pypdfium2 as pdfium
from django.conf import settings

from documents.models import Document
from tests.medical_records.helpers import made, send

URL = "/api/v1/at-reports"
FULL = {
    "assessed_on": "2026-11-02",
    "findings": "Walks 20 m indoors with a frame.",
    "goals": "To shop alone.",
    "items": [
        {
            "item": "Four-wheeled walker",
            "quantity": 1,
            "supplier": "Harbour Mobility",
            "cost": 249.5,
            "rationale": "Rests are needed.",
        }
    ],
}


def draft_of(client, patient, **change):
    return made(client, URL, {**FULL, "patient_id": str(patient.pk), **change})


def finalize(client, report):
    answer = send(client, "POST", f"{URL}/{report['id']}/finalize")
    assert answer.status_code == 200, answer.json()
    return answer.json()


def stored(document_id):
    """Return the object of a document of the clinic we are in, as it lies in the folder."""
    key = Document.objects.get(pk=document_id).s3_key
    return (Path(settings.STORAGES["documents"]["OPTIONS"]["location"]) / key).read_bytes()


def text_of(pdf):
    return "\n".join(page.get_textpage().get_text_range() for page in pdfium.PdfDocument(pdf))
