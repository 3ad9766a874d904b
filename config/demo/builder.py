"""The demo clinics, built through the services that people use. Everybody in them is invented."""

import hashlib
import io
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import pghistory
from django.db import transaction
from django.db.models import Model
from django.utils import timezone
from django_tenants.utils import tenant_context

from accounts.models import Account, Membership
from accounts.roles import Role
from accounts.services.accounts import create_account
from accounts.services.members import add_member
from accounts.tenancy import PUBLIC, current_schema
from config.demo.history import History
from config.demo.messages import Talks
from config.demo.plans import (
    BATCH_KINDS,
    CATEGORIES,
    FIRST,
    LAB_KINDS,
    LAST,
    LAST_DAY,
    PASSWORD,
    PATIENT_KINDS,
    PLANS,
    TESTS,
    Plan,
)
from documents.models import Document, ImageBatch
from documents.registry import policy_for_model
from documents.samples import Subject, make_sample
from documents.services.batches import save_image_batch
from documents.services.reading import open_document
from documents.services.upload import NewDocument, upload_document
from invites.models import Invite
from invites.services.accepting import accept_invite
from invites.services.expiring import expire_invites
from invites.services.sending import INVITABLE, InviteOptions, generate_invite, revoke_invite
from medical_records.models import LabFlag, LabResult, LabStatus
from medical_records.services.entries import add_entry
from patients.models import (
    Company,
    Coordinator,
    Guardian,
    Patient,
    PatientStatus,
    Referrer,
    Relationship,
    Sex,
)
from patients.services.directory import add_guardian, save_directory_entry
from patients.services.patients import create_patient, update_patient

STATUSES = {
    7: PatientStatus.INACTIVE,
    19: PatientStatus.INACTIVE,
    28: PatientStatus.ARCHIVED,
    33: PatientStatus.DECEASED,
}
ACCEPTED = 20  # only so many become logins: each costs a slow password hash


@dataclass
class Tally:
    """What a run made, and what it read back."""

    patients: int = 0
    lab_results: int = 0
    documents: int = 0
    verified: int = 0
    types: int = 0


def build_clinic(plan: Plan) -> Tally:
    """Build one clinic. A clinic that exists is left alone, whatever people did in it since."""
    account = Account.objects.filter(schema_name=plan.schema).first()
    if account is None:
        account = create_account(
            schema_name=plan.schema,
            name=plan.name,
            domain=f"{plan.schema}.localhost",
            admin_email=f"admin@{plan.schema}.test",
        )
    with tenant_context(account):
        if Guardian.objects.exists():  # the last thing that a build makes
            return tally(verify=False, account=account)
        with pghistory.context(job="build_demo"):
            Builder(account, plan).build()
        return tally(verify=True, account=account)


def tally(*, verify: bool, account: Account) -> Tally:
    """Count what is in the clinic; read each document once and compare its hash."""
    found = Tally(
        patients=Patient.objects.count(),
        lab_results=LabResult.objects.count(),
        documents=Document.objects.available().count(),
        types=Document.objects.available().order_by().values("file_type").distinct().count(),
    )
    if not verify:
        return found
    admin = Membership.objects.select_related("user").get(
        account=account, user__email=f"admin@{account.schema_name}.test"
    )
    for document in Document.objects.available().iterator():
        digest = hashlib.sha256()
        with open_document(document, membership=admin) as chunks:
            for chunk in chunks:
                digest.update(chunk)
        if digest.hexdigest() != document.sha256:
            raise ValueError(f"Document {document.pk} is not what was stored.")
        found.verified += 1
    return found


class Builder:
    """Fills one clinic; the same plan gives the same people and files every time.

    A build that was stopped half-way goes on where it ended.
    """

    def __init__(self, account: Account, plan: Plan) -> None:
        self.account = account
        self.plan = plan
        self.rng = random.Random(plan.seed)  # noqa: S311  invented data, not secrets
        self.members: dict[str, Membership] = {}

    def build(self) -> None:
        self._people()
        self._directory()
        patients = [self._patient(number) for number in range(self.plan.patients)]
        for number, patient in enumerate(patients):
            self._records(number, patient)
        self._invites(patients)
        Talks(self.members["admin"], self.plan.schema).build(patients)
        self._logins(patients)

    def _people(self) -> None:
        schema = self.plan.schema
        admin = Membership.objects.select_related("user").get(
            account=self.account, user__email=f"admin@{schema}.test"
        )
        admin.user.name = f"{self.plan.name} Administrator"
        admin.user.set_password(PASSWORD)
        admin.user.save()
        self.members["admin"] = admin
        for key, name, role in (
            ("provider", "Dr Robin Field", Role.PROVIDER),
            ("provider2", "Dr Sam Hill", Role.PROVIDER),
            ("patient", "Ava Nguyen", Role.PATIENT),
            ("guardian", "Kim Parent", Role.PATIENT),
            ("research", "Research partner", Role.RESEARCH_PARTNER),
            ("developer", "Developer", Role.DEVELOPER),
        ):
            email = f"{key}@{schema}.test"
            self.members[key] = Membership.objects.select_related("user").filter(
                account=self.account, user__email=email
            ).first() or add_member(
                account=self.account, email=email, name=name, role=role, password=PASSWORD
            )

    def _directory(self) -> None:
        admin = self.members["admin"]
        if Company.objects.exists():
            return
        for number, town in enumerate(("Harbour", "Hill", "Valley", "Lake"), start=1):
            company = save_directory_entry(
                membership=admin,
                entry=Company(),
                name=f"{town} Medical Practice",
                email=f"desk@{town.lower()}.test",
                phone=f"+6129999{number:04}",
            )
            referrer = save_directory_entry(
                membership=admin,
                entry=Referrer(),
                first_name=self.rng.choice(FIRST),
                last_name=self.rng.choice(LAST),
                specialty=self.rng.choice(("General practice", "Orthopaedics", "Endocrinology")),
                company=company,
                email=f"referrer{number}@{town.lower()}.test",
            )
            subject = Subject(str(referrer), date(1970, 1, 1), self.plan.name, f"R-{number}")
            self._attach(referrer, "letter_docx", subject, LAST_DAY)
            self._attach(company, "referral_letter", subject, LAST_DAY)
            coordinator = save_directory_entry(
                membership=admin,
                entry=Coordinator(),
                first_name=self.rng.choice(FIRST),
                last_name=self.rng.choice(LAST),
                position="Support coordinator",
                company=company,
                email=f"coordinator{number}@{town.lower()}.test",
            )
            self._attach(coordinator, "lab_report", subject, LAST_DAY)

    def _patient(self, number: int) -> Patient:
        external_id = f"{self.plan.schema[0].upper()}-{10_000 + number}"
        known = Patient.objects.filter(external_id=external_id).first()
        if known is not None:
            return known
        self.rng = rng = random.Random(f"{self.plan.seed}-{number}")  # noqa: S311
        clinician = (self.members["provider"], self.members["provider2"], None)[number % 3]
        first, last = rng.choice(FIRST), rng.choice(LAST)
        return create_patient(
            membership=self.members["admin"],
            first_name=first,
            last_name=last,
            date_of_birth=date(1938, 1, 1) + timedelta(days=rng.randrange(31_000)),
            sex=rng.choice((Sex.FEMALE, Sex.MALE)),
            email=f"person{number:03}@mail.test" if number % 5 else "",
            phone=f"+6141{rng.randrange(10_000_000):07}",
            address=f"{rng.randrange(1, 200)} Station Street, Sydney NSW",
            external_id=external_id,
            clinician=clinician,
            status=STATUSES.get(number % 40, PatientStatus.ACTIVE),
            research_consent=number % 3 == 0,
            research_consent_on=LAST_DAY if number % 3 == 0 else None,
            notes="Prefers a call in the afternoon." if number % 7 == 0 else "",
        )

    def _records(self, number: int, patient: Patient) -> None:
        """Write the patient's past; a build that was stopped goes on with the next step of it."""
        subject = Subject(
            patient.full_name,
            patient.date_of_birth or LAST_DAY,
            self.plan.name,
            patient.external_id,
        )
        rng = random.Random(f"{self.plan.seed}-{number}-history")  # noqa: S311
        doctor = patient.clinician or self.members[("provider", "provider2")[number % 2]]

        def attach(owner: Model, kind: str, on: date) -> None:
            self._attach(owner, kind, subject, on)

        if not (patient.visits.exists() or patient.insurances.exists()):
            History(patient, doctor, rng, attach).build()
        if patient.lab_results.exists():
            return
        self.rng = random.Random(f"{self.plan.seed}-{number}-files")  # noqa: S311
        with transaction.atomic():
            results = [self._lab_result(patient) for _ in range(1 + number % 3)]
        self._files(number, patient, results[0], subject)

    def _files(self, number: int, patient: Patient, result: LabResult, subject: Subject) -> None:
        on = result.resulted_on or LAST_DAY
        self._attach(result, LAB_KINDS[number % len(LAB_KINDS)], subject, on)
        if number % 4 == 0:
            self._attach(result, "lab_report", subject, on)
        self._attach(patient, PATIENT_KINDS[number % len(PATIENT_KINDS)], subject, LAST_DAY)
        if number % 10 == 0:
            batch = save_image_batch(
                membership=self.members["admin"],
                batch=ImageBatch(),
                patient=patient,
                name=f"{LAST_DAY:%Y-%m-%d}_clinic_visit",
                taken_on=LAST_DAY,
            )
            for kind in BATCH_KINDS[: 2 + number % 2]:
                self._attach(batch, kind, subject, LAST_DAY, batch=batch)

    def _lab_result(self, patient: Patient) -> LabResult:
        on = LAST_DAY - timedelta(days=self.rng.randrange(1200))
        name, code, unit, low, high, digits = self.rng.choice(TESTS)
        value = round(self.rng.uniform(low * 0.85, high * 1.15), digits)
        flag = LabFlag.LOW if value < low else LabFlag.HIGH if value > high else LabFlag.NORMAL
        return add_entry(
            membership=self.members["admin"],
            entry=LabResult(),
            patient=patient,
            test_name=name,
            test_code=code,
            status=LabStatus.RESULTED,
            ordered_on=on - timedelta(days=3),
            collected_on=on - timedelta(days=2),
            resulted_on=on,
            value=f"{value:g}",
            unit=unit,
            reference_range=f"{low:g}–{high:g}",
            flag=flag,
        )

    def _attach(
        self, owner: object, kind: str, subject: Subject, on: date, batch: ImageBatch | None = None
    ) -> None:
        sample = make_sample(kind, rng=self.rng, subject=subject, on=on)
        category = CATEGORIES.get(kind, "")
        policy = policy_for_model(owner)  # type: ignore[arg-type]
        upload_document(
            membership=self.members["admin"],
            policy=policy,
            owner=owner,  # type: ignore[arg-type]
            batch=batch,
            new=NewDocument(
                content=io.BytesIO(sample.body),
                filename=sample.filename,
                size=len(sample.body),
                declared_type=sample.content_type,
                description=kind.replace("_", " ").capitalize(),
                category=category if category in policy.categories else "",
                document_date=on,
            ),
        )

    def _invites(self, patients: list[Patient]) -> None:
        """Invite some patients; no e-mail leaves, so the links are told here."""
        admin = self.members["admin"]
        if Invite.objects.exists():
            return
        for number, patient in enumerate(patients[10::4]):
            if not patient.email or patient.status not in INVITABLE:
                continue
            made = generate_invite(
                membership=admin,
                patient_id=patient.pk,
                options=InviteOptions(send_email=False, expires_in_days=7 + number % 30),
            )
            ending = number % 5
            if ending == 3 and number < ACCEPTED:  # noqa: PLR2004
                token = made.link.partition("#")[2]
                accept_invite(token=token, password=PASSWORD, name=patient.full_name)
            elif ending == 1:
                revoke_invite(membership=admin, invite=made.invite)
            elif ending == 2:  # noqa: PLR2004  as if it had been sent a month ago
                past = timezone.now() - timedelta(days=30)
                Invite.objects.filter(pk=made.invite.pk).update(
                    created_at=past, expires_at=past + timedelta(days=14)
                )
        expire_invites()

    def _logins(self, patients: list[Patient]) -> None:
        admin = self.members["admin"]
        update_patient(
            membership=admin,
            patient=patients[0],
            first_name="Ava",
            last_name="Nguyen",
            user=self.members["patient"].user,
        )
        for patient in patients[1:3]:
            add_guardian(
                membership=admin,
                patient=patient,
                user_id=self.members["guardian"].user_id,
                relationship=Relationship.PARENT,
            )


def build_all() -> Iterator[tuple[Plan, Tally]]:
    """Build both clinics; yields what each holds."""
    if current_schema() != PUBLIC:
        raise ValueError("The demo is built from the shared schema.")
    for plan in PLANS:
        yield plan, build_clinic(plan)
