"""A consenting patient whose every text is a needle, for the tests of what researchers read."""

import base64
import re
from datetime import UTC, date, datetime

from django.core.files.uploadedfile import SimpleUploadedFile

from documents.registry import policy_for_model
from documents.services.upload import NewDocument, upload_document
from medical_records.models import Insurance, LabResult, Procedure, Visit
from medical_records.services.at_reports import create_at_report, finalize_at_report
from medical_records.services.diagnoses import NewDiagnosis
from medical_records.services.records import add_addendum, create_record, finalize_record
from patients.models import Company, Guardian, Patient, Referrer
from tests.conftest import member

VISITED = datetime(2026, 3, 2, 15, 4, 5, tzinfo=UTC)  # the 3rd in Sydney


def needle(name):
    return f"Nadel{name}"


def consenting(**fields):
    facts = {"first_name": "Con", "last_name": "Sent", "date_of_birth": date(1984, 6, 15)}
    consent = {"research_consent": True, "research_consent_on": date(2026, 1, 2)}
    return Patient.objects.create(**{**facts, **consent, "sex": "female", **fields})


def record_of(patient, *, final=True, **fields):
    facts = {"visit_date": VISITED, "chief_complaint": "Cough", "diagnosis": "Cold", **fields}
    record = create_record(membership=member("ada"), patient=patient, **facts)
    return finalize_record(membership=member("ada"), record=record) if final else record


def result_of(patient, **fields):
    facts = {"test_name": "Potassium", "value": "4.1", "unit": "mmol/L", "status": "resulted"}
    return LabResult.objects.create(
        patient=patient, **{**facts, "resulted_on": date(2026, 3, 3), **fields}
    )


def build_haystack():
    """Fill a patient with needles, every text everywhere; return the ids of all that is theirs."""
    ada = member("ada")
    patient = consenting(
        first_name=needle("First"),
        last_name=needle("Last"),
        email="nadelmail@nadelhost.test",
        phone="+61412987654",
        external_id=needle("External"),
        filemaker_id=needle("Filemaker"),
        notes=needle("Notes"),
        clinician=member("priya"),
        address=f"{needle('Street')} 7\n98765 {needle('City')}",
    )
    Guardian.objects.create(patient=patient, user=member("gina").user)
    company = Company.objects.create(name=needle("Company"))
    Referrer.objects.create(first_name=needle("Ref"), last_name="R", company=company)
    visit = Visit.objects.create(
        patient=patient, started_at=VISITED, location=needle("Place"), reason=needle("Reason")
    )
    procedure = Procedure.objects.create(
        patient=patient,
        name=needle("Done"),
        code="NADEL1",
        performed_at=VISITED,
        notes=needle("How"),
    )
    insurance = Insurance.objects.create(
        patient=patient,
        company=needle("Insurer"),
        plan=needle("Plan"),
        member_id=needle("Member"),
        group_number=needle("Group"),
        holder=needle("Holder"),
    )
    record = record_of(
        patient,
        visit=visit,
        chief_complaint=needle("Complaint"),
        diagnosis=needle("Diagnosis"),
        treatment_plan=needle("Treatment"),
        notes=needle("Record"),
        follow_up_required=True,
        follow_up_date=date(2026, 4, 17),
        diagnoses=[
            NewDiagnosis(icd_code="E11.9", diagnosis_name=needle("Coded"), notes=needle("Dx")),
            NewDiagnosis(diagnosis_name=needle("Uncoded")),
        ],
        prescriptions=[
            {
                "medication": needle("Drug"),
                "dose": 5,
                "unit": "mg",
                "route": "oral",
                "frequency": needle("Often"),
                "note": needle("Rx"),
            }
        ],
        vital_signs={"pulse": 72},
        lab_results=[
            {"test": needle("Test"), "value": needle("Value")},
            {
                "test": needle("Named"),
                "code": "2823-3",
                "value": 4.1,
                "unit": "mmol/L",
                "reference_range": needle("Range"),
            },
        ],
    )
    addendum = add_addendum(membership=ada, record=record, text=needle("Addendum"))
    results = [
        result_of(patient, test_name=needle("Result"), test_code="2823-3", notes=needle("Lab")),
        result_of(patient, test_name=needle("Other"), value=needle("Found")),
        result_of(patient, value=needle("Much")),
        result_of(patient, unit=needle("Unit"), reference_range=needle("Usual")),
        result_of(patient, value="0412987654"),
        result_of(patient, value="NaN"),
    ]
    report = create_at_report(
        membership=ada,
        patient=patient,
        assessed_on=date(2026, 3, 9),
        findings=needle("Findings"),
        goals=needle("Goals"),
    )
    finalize_at_report(membership=ada, report=report)
    letter = upload_document(
        membership=ada,
        policy=policy_for_model(patient),
        owner=patient,
        new=NewDocument(
            content=SimpleUploadedFile("n.txt", b"Nadel\n"),
            filename=f"{needle('File')}.txt",
            size=6,
        ),
    )
    kept = [patient, visit, procedure, insurance, record, addendum, *results, report, letter]
    diagnoses = list(record.diagnoses.all())
    return [str(one.pk) for one in (*kept, *diagnoses)]


def decoded(text):
    """Return what the parts of a text are in base64, as far as they are."""
    found = []
    for part in re.findall(r"[A-Za-z0-9_-]{8,}", text):
        raw = base64.urlsafe_b64decode(part[: len(part) // 4 * 4])
        found.append(raw.decode("latin-1"))
    return " ".join(found)
