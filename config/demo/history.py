"""A few years of visits, records, procedures, insurance and reports for one demo patient."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Model

from accounts.models import Membership
from config.demo.plans import LAST_DAY
from config.demo.scenarios import AIDS, FOLLOW_UP, SCENARIOS, Scenario
from medical_records.models import (
    ATReport,
    Insurance,
    MedicalRecord,
    Procedure,
    ProcedureOutcome,
    Visit,
    VisitStatus,
    VisitType,
)
from medical_records.services.at_reports import create_at_report, finalize_at_report
from medical_records.services.diagnoses import NewDiagnosis
from medical_records.services.entries import add_entry
from medical_records.services.records import add_addendum, create_record, finalize_record
from patients.models import Patient

YEARS = 3
CAME_BACK = 0.92  # of those who were to come again
INSURERS = ("Southern Cross Health", "Medibank Plus", "Harbour Mutual", "National Disability Fund")
PLANS = ("Silver", "Gold hospital", "Basic extras", "Participant plan")
OUTCOMES = (*[ProcedureOutcome.SUCCESSFUL] * 4, ProcedureOutcome.PARTLY)
ROOMS = ("Room 1", "Room 2", "Room 3", "Treatment room")
LATER = (
    "The patient rang: much better.",
    "Letter to the referring doctor sent.",
    "Result of the swab came in: no growth.",
)
Attach = Callable[[Model, str, date], None]


@dataclass
class History:
    """Writes the past of one patient, with the same randomness each time.

    Rows come in one transaction, so that a build that was stopped leaves a patient with all of
    them or none; their files come after.
    """

    patient: Patient
    doctor: Membership
    rng: random.Random
    attach: Attach

    def build(self, *, years: int = YEARS) -> None:
        files: list[tuple[Model, str, date]] = []
        with transaction.atomic():
            self._insurance(files)
            for on in self._days(years):
                self._visit(on, files)
            self._visits_to_come()
            reports = self._reports()
        for owner, kind, on in files:
            self.attach(owner, kind, on)
        for report in reports:
            finalize_at_report(membership=self.doctor, report=report)

    def _days(self, years: int) -> list[date]:
        number = self.rng.choice((1, 2, 2, 3, 4))
        days = [LAST_DAY - timedelta(days=self.rng.randrange(365 * years)) for _ in range(number)]
        return sorted(day - timedelta(days=max(0, day.weekday() - 4)) for day in days)

    def _moment(self, on: date) -> datetime:
        """Return a quarter of an hour between 9 and 16 in eastern Australia."""
        clock = time(self.rng.randrange(0, 6), self.rng.choice((0, 15, 30, 45)))
        return datetime.combine(on, clock, tzinfo=UTC) - timedelta(hours=1)

    def _insurance(self, files: list[tuple[Model, str, date]]) -> None:
        if self.rng.random() > 0.75:  # noqa: PLR2004  three in four are insured
            return
        begun = LAST_DAY - timedelta(days=self.rng.randrange(300, 2000))
        insurance = add_entry(
            membership=self.doctor,
            entry=Insurance(),
            patient=self.patient,
            company=self.rng.choice(INSURERS),
            plan=self.rng.choice(PLANS),
            member_id=f"{self.rng.randrange(10**9):09}",
            group_number=f"G{self.rng.randrange(1000):03}",
            valid_from=begun,
        )
        if self.rng.random() < 0.25:  # noqa: PLR2004
            files.append((insurance, "insurance_card", begun))

    def _visit(
        self, on: date, files: list[tuple[Model, str, date]], why: Scenario | None = None
    ) -> None:
        starts = self._moment(on)
        status = self.rng.choices(
            (VisitStatus.FINISHED, VisitStatus.NO_SHOW, VisitStatus.CANCELLED), (90, 6, 4)
        )[0]
        scenario = why or self.rng.choice(SCENARIOS)
        is_over = status == VisitStatus.FINISHED
        visit = add_entry(
            membership=self.doctor,
            entry=Visit(),
            patient=self.patient,
            clinician=self.doctor,
            started_at=starts,
            ended_at=starts + timedelta(minutes=self.rng.choice((15, 20, 30))) if is_over else None,
            visit_type=self.rng.choice((VisitType.AMBULATORY,) * 5 + (VisitType.VIRTUAL,)),
            location=self.rng.choice(ROOMS),
            reason=scenario.complaint,
            status=status,
        )
        if is_over:
            self._record(visit, scenario, on, files)
        back = on + timedelta(days=scenario.follow_up)
        if is_over and scenario.follow_up and back <= LAST_DAY and self.rng.random() < CAME_BACK:
            self._visit(back, files, FOLLOW_UP)

    def _record(
        self, visit: Visit, scenario: Scenario, on: date, files: list[tuple[Model, str, date]]
    ) -> None:
        record = create_record(membership=self.doctor, **self._content(visit, scenario, on))
        if scenario.kind:
            files.append((record, scenario.kind, on))
        if scenario.procedure:
            self._procedure(visit, scenario.procedure)
        is_recent = (LAST_DAY - on).days < 20  # noqa: PLR2004
        if is_recent and self.rng.random() < 0.6:  # noqa: PLR2004  still to be finalised
            return
        done = finalize_record(membership=self.doctor, record=record)
        if self.rng.random() < 0.1:  # noqa: PLR2004
            text = self.rng.choice(LATER)
            add_addendum(membership=self.doctor, record=done, text=text)

    def _content(self, visit: Visit, scenario: Scenario, on: date) -> dict[str, Any]:
        kinds = ("primary", "secondary")
        return {
            "patient": self.patient,
            "visit": visit,
            "visit_date": visit.started_at,
            "chief_complaint": scenario.complaint,
            "diagnosis": scenario.diagnosis,
            "diagnoses": [
                NewDiagnosis(icd_code=code, diagnosis_type=kinds[min(number, 1)])
                for number, code in enumerate(scenario.diagnoses)
            ],
            "treatment_plan": scenario.plan,
            "prescriptions": list(scenario.prescriptions),
            "vital_signs": self._signs(scenario),
            "lab_results": [
                {"test": test, "value": round(self.rng.uniform(low, high), 1), "unit": unit}
                for test, low, high, unit in scenario.labs
            ],
            "follow_up_required": bool(scenario.follow_up),
            "follow_up_date": on + timedelta(days=scenario.follow_up)
            if scenario.follow_up
            else None,
        }

    def _signs(self, scenario: Scenario) -> dict[str, Any]:
        systolic = self.rng.randint(*scenario.pressure)
        return {
            "systolic": systolic,
            "diastolic": systolic - self.rng.randrange(38, 56),
            "pulse": self.rng.randrange(58, 96),
            "temperature": round(self.rng.uniform(*scenario.temperature), 1),
            "weight": self.rng.randrange(52, 112),
        }

    def _procedure(self, visit: Visit, procedure: tuple[str, str]) -> None:
        name, code = procedure
        add_entry(
            membership=self.doctor,
            entry=Procedure(),
            patient=self.patient,
            visit=visit,
            name=name,
            code=code,
            performed_at=visit.started_at + timedelta(minutes=10),
            performer=self.doctor,
            outcome=self.rng.choice(
                (ProcedureOutcome.SUCCESSFUL,) * 4 + (ProcedureOutcome.PARTLY,)
            ),
        )

    def _visits_to_come(self) -> None:
        if self.rng.random() > 0.2:  # noqa: PLR2004  one in five
            return
        on = LAST_DAY + timedelta(days=self.rng.randrange(3, 60))
        add_entry(
            membership=self.doctor,
            entry=Visit(),
            patient=self.patient,
            clinician=self.doctor,
            started_at=self._moment(on),
            reason="Follow-up",
        )

    def _reports(self) -> list[ATReport]:
        """Write an AT report where somebody was found to walk badly; return what to finalise."""
        needs_aids = MedicalRecord.objects.filter(
            patient=self.patient, diagnoses__icd_code="R26.2"
        ).order_by("visit_date")
        found = needs_aids.last()
        if found is None:
            return []
        findings, goals, items = self.rng.choice(AIDS)
        keys = ("item", "quantity", "supplier", "cost", "rationale")
        report = create_at_report(
            membership=self.doctor,
            patient=self.patient,
            assessed_on=found.visit_date.date(),
            findings=findings,
            goals=goals,
            items=[dict(zip(keys, item, strict=True)) for item in items],
        )
        return [report] if self.rng.random() < 0.8 else []  # noqa: PLR2004
