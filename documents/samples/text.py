"""What sample documents say: measured values, cases, letters; and the plain-text kinds."""

import datetime as dt
import json
import unicodedata
import uuid
from dataclasses import dataclass
from random import Random


@dataclass(frozen=True)
class Subject:
    """Whom a sample document is about: invented people only."""

    name: str
    date_of_birth: dt.date
    clinic: str
    external_id: str

    def age(self, on: dt.date) -> int:
        born = self.date_of_birth
        return max(0, on.year - born.year - ((on.month, on.day) < (born.month, born.day)))


@dataclass(frozen=True)
class Sample:
    """One file as it would be uploaded."""

    filename: str
    content_type: str
    body: bytes


@dataclass(frozen=True)
class Analyte:
    """A laboratory test. `low` is 0 where the reference has an upper limit only."""

    name: str
    loinc: str
    unit: str
    low: float
    high: float
    digits: int = 0

    @property
    def reference(self) -> str:
        high = f"{self.high:.{self.digits}f}"
        return f"{self.low:.{self.digits}f} – {high}" if self.low else f"< {high}"

    @property
    def ucum(self) -> str:
        return self.unit.replace("µ", "u").replace("10^", "10*").replace("mIU", "m[IU]")


@dataclass(frozen=True)
class Result:
    analyte: Analyte
    value: float

    @property
    def text(self) -> str:
        return f"{self.value:.{self.analyte.digits}f}"

    @property
    def flag(self) -> str:
        """`H` above the reference range, `L` below it, empty within it."""
        if self.analyte.low and self.value < self.analyte.low:
            return "L"
        limit, reached = self.analyte.high, self.value == self.analyte.high
        return "H" if self.value > limit or (reached and not self.analyte.low) else ""


PANELS: dict[str, tuple[Analyte, ...]] = {
    "Full blood count": (
        Analyte("Haemoglobin", "718-7", "g/L", 130, 180),
        Analyte("White cell count", "6690-2", "10^9/L", 4.0, 11.0, 1),
        Analyte("Platelets", "777-3", "10^9/L", 150, 400),
        Analyte("Red cell count", "789-8", "10^12/L", 4.5, 6.5, 2),
        Analyte("Mean cell volume", "787-2", "fL", 80, 100),
        Analyte("Eosinophils", "711-2", "10^9/L", 0.02, 0.50, 2),
    ),
    "Urea and electrolytes": (
        Analyte("Sodium", "2951-2", "mmol/L", 133, 146),
        Analyte("Potassium", "2823-3", "mmol/L", 3.5, 5.2, 1),
        Analyte("Urea", "22664-7", "mmol/L", 2.5, 7.8, 1),
        Analyte("Creatinine", "14682-9", "µmol/L", 59, 104),
    ),
    "Liver function": (
        Analyte("Alanine aminotransferase", "1742-6", "U/L", 10, 49),
        Analyte("Alkaline phosphatase", "6768-6", "U/L", 30, 130),
        Analyte("Total bilirubin", "14631-6", "µmol/L", 0, 21),
        Analyte("Albumin", "1751-7", "g/L", 35, 50),
    ),
    "Diabetes monitoring": (
        Analyte("HbA1c (IFCC)", "59261-8", "mmol/mol", 20, 41),
        Analyte("Glucose, fasting", "14771-0", "mmol/L", 3.9, 6.0, 1),
        Analyte("Urine albumin/creatinine", "32294-1", "mg/mmol", 0, 3.0, 1),
    ),
    "Thyroid function": (
        Analyte("TSH", "3016-3", "mIU/L", 0.40, 4.00, 2),
        Analyte("Free thyroxine", "14920-3", "pmol/L", 9.0, 19.0, 1),
    ),
    "Lipids": (
        Analyte("HDL cholesterol", "14646-4", "mmol/L", 1.0, 2.3, 1),
        Analyte("LDL cholesterol", "22748-8", "mmol/L", 0, 3.0, 1),
        Analyte("Triglycerides", "14927-8", "mmol/L", 0, 1.7, 1),
    ),
    "Inflammation and iron": (
        Analyte("C-reactive protein", "1988-5", "mg/L", 0, 5.0, 1),
        Analyte("Ferritin", "2276-4", "µg/L", 30, 300),
        Analyte("25-OH vitamin D", "14635-7", "nmol/L", 50, 125),
    ),
}


OUTSIDE_SHARE, LOW_SHARE = 0.2, 0.4


def measure(rng: Random, analyte: Analyte) -> Result:
    """A believable value: about one in five lies outside the reference range."""
    low, high, outside = analyte.low, analyte.high, rng.random() < OUTSIDE_SHARE
    span = high - low
    if outside and low and rng.random() < LOW_SHARE:
        value = max(low * 0.6, low - span * rng.uniform(0.05, 0.4))
    elif outside:
        value = high + span * rng.uniform(0.06, 0.5) if low else high * rng.uniform(1.1, 2.4)
    else:
        value = rng.triangular(low, high) if low else high * rng.uniform(0.2, 0.85)
    return Result(analyte, round(value, analyte.digits))


def measure_panel(rng: Random, panel: str) -> list[Result]:
    return [measure(rng, analyte) for analyte in PANELS[panel]]


@dataclass(frozen=True)
class Case:
    code: str
    diagnosis: str
    history: str
    findings: str
    plan: str


CASES = (  # the first two belong to adults
    Case(
        "E11.4",
        "Type 2 diabetes mellitus with neurological complications",
        "numb toes on both feet for about eight months, worse at night",
        "10 g monofilament felt at 3 of 10 sites, vibration absent at both halluces, "
        "dorsalis pedis pulses palpable; callus under the first metatarsal head",
        "Callus debrided. Depth shoes with custom insoles ordered; review in six weeks.",
    ),
    Case(
        "L97",
        "Ulcer of lower limb, plantar, left foot",
        "a wound under the forefoot noticed three weeks ago after a long walk",
        "ulcer 14 × 11 mm, granulating base, no probe to bone, mild maceration of the edge",
        "Non-removable knee-high offloading device fitted; dressing changes twice weekly.",
    ),
    Case(
        "M72.2",
        "Plantar fascial fibromatosis",
        "heel pain with the first steps in the morning since spring",
        "tender medial calcaneal tubercle, tight gastrocnemius, windlass test positive",
        "Stretching programme explained, taping applied, prefabricated orthoses tried.",
    ),
    Case(
        "L60.0",
        "Ingrowing nail, right hallux",
        "a painful nail edge which has been infected twice this year",
        "lateral nail fold swollen with hypergranulation, capillary refill under 2 seconds",
        "Partial nail avulsion with phenolisation offered; consent form handed out.",
    ),
    Case(
        "Z44.1",
        "Fitting and adjustment of artificial leg, transtibial left",
        "loosening of the socket in the afternoon, now wearing five sock plies",
        "residual limb volume reduced, redness over the fibular head, gait symmetrical indoors",
        "Socket relief made and liner changed; new cast planned if volume settles.",
    ),
    Case(
        "H90.3",
        "Sensorineural hearing loss, bilateral",
        "difficulty following conversation in groups despite the present hearing aids",
        "pure-tone average 48 dB right and 52 dB left, speech recognition 76 % in quiet",
        "Behind-the-ear aids reprogrammed, remote microphone lent for four weeks.",
    ),
)
CLINICIANS = (
    "Dr Ines Halvorsen-Pryde", "Dr Tomasz Wierzba", "Mr Odhran Keel, Podiatrist",
    "Dr Lucía Ferrándiz", "Ms Noor Van Aelst, Orthotist", "Dr Björn Åkerlind",
)  # fmt: skip


def choose_case(rng: Random, subject: Subject, on: dt.date) -> Case:
    return rng.choice(CASES if subject.age(on) >= 18 else CASES[2:])  # noqa: PLR2004 - of age


@dataclass(frozen=True)
class Letter:
    to: str
    regarding: str
    case: Case
    paragraphs: tuple[str, ...]
    signed: str


def write_letter(rng: Random, subject: Subject, on: dt.date) -> Letter:
    """A letter between clinicians: whom it concerns, history, findings, plan, next step."""
    case = choose_case(rng, subject, on)
    to, signed = rng.sample(CLINICIANS, 2)
    seen = on - dt.timedelta(days=rng.randint(0, 6))
    concern = f"At the visit on {seen:%d.%m.%Y} the main concern was {case.history}."
    wish = f"I should be glad of your opinion within {rng.choice((2, 3, 4, 6))} weeks."
    paragraphs = (
        f"Thank you for seeing this patient of {subject.age(on)} years. " + concern,
        f"On examination: {case.findings}.",
        f"Diagnosis: {case.diagnosis} (ICD-10 {case.code}).",
        case.plan,
        rng.choice(("No known drug allergies.", "Allergic to penicillin (rash).")),
        f"{wish} Recent results are enclosed.",
    )
    return Letter(to, f"{case.diagnosis}, {case.code}", case, paragraphs, signed)


UNDECOMPOSED = str.maketrans("ŁłĐđı", "LlDdi")


def latin(text: str, otherwise: str) -> str:
    """The text as a Latin-only typeface can show it; `otherwise` if it cannot."""
    plain = "".join(
        char if char.encode("cp1252", "ignore") else unicodedata.normalize("NFKD", char)[0]
        for char in unicodedata.normalize("NFC", text.translate(UNDECOMPOSED))
    )
    return plain if plain.encode("cp1252", "ignore").decode("cp1252") == plain else otherwise


def dated_name(rng: Random, stems: tuple[str, ...], on: dt.date, suffix: str) -> str:
    return f"{rng.choice(stems)} {on.isoformat()}.{suffix}"


def at_time(rng: Random, on: dt.date) -> dt.datetime:
    """A moment of the day during opening hours."""
    clock = dt.time(rng.randint(8, 16), rng.randrange(60), rng.randrange(60))
    return dt.datetime.combine(on, clock, tzinfo=dt.UTC)


def progress_note(rng: Random, subject: Subject, on: dt.date) -> Sample:
    """Plain-text note in four parts: what was said, found, concluded and planned."""
    case, moment = choose_case(rng, subject, on), at_time(rng, on)
    pressure, pulse = f"{rng.randint(108, 158)}/{rng.randint(62, 94)} mmHg", rng.randint(56, 96)
    lines = (
        f"{subject.clinic}: progress note, {moment:%Y-%m-%d %H:%M}",
        f"Patient: {subject.name} (born {subject.date_of_birth}, no. {subject.external_id})",
        "",
        f"S: Reports {case.history}.",
        f"O: BP {pressure}, pulse {pulse}/min; {case.findings}.",
        f"A: {case.diagnosis} ({case.code}).",
        f"P: {case.plan}",
        "",
        f"Signed: {rng.choice(CLINICIANS)}",
    )
    stems = ("Progress note", "Note de suivi clinique – pied diabétique", "診察メモ")
    name = dated_name(rng, stems, on, "txt")
    return Sample(name, "text/plain", "\n".join((*lines, "")).encode())


def _observation(
    rng: Random, subject: Subject, moment: dt.datetime, result: Result
) -> dict[str, object]:
    analyte = result.analyte
    loinc = {"system": "http://loinc.org", "code": analyte.loinc}
    quantity = {"system": "http://unitsofmeasure.org", "unit": analyte.unit, "code": analyte.ucum}
    limits = {"low": analyte.low, "high": analyte.high} if analyte.low else {"high": analyte.high}
    return {
        "resourceType": "Observation",
        "id": str(uuid.UUID(int=rng.getrandbits(128), version=4)),
        "status": "final",
        "code": {"coding": [loinc], "text": analyte.name},
        "subject": {"identifier": {"value": subject.external_id}, "display": subject.name},
        "effectiveDateTime": moment.isoformat(),
        "performer": [{"display": subject.clinic}],
        "valueQuantity": {"value": result.value, **quantity},
        "interpretation": [{"coding": [{"code": result.flag or "N"}]}],
        "referenceRange": [{edge: {"value": at, **quantity} for edge, at in limits.items()}],
    }


def observations(rng: Random, subject: Subject, on: dt.date) -> Sample:
    """JSON: a collection bundle of Observation resources for two panels."""
    panels, moment = rng.sample(list(PANELS), 2), at_time(rng, on)
    results = [result for panel in panels for result in measure_panel(rng, panel)]
    found = [_observation(rng, subject, moment, result) for result in results]
    head = {"resourceType": "Bundle", "type": "collection", "timestamp": moment.isoformat()}
    entries = [{"fullUrl": f"urn:uuid:{each['id']}", "resource": each} for each in found]
    bundle = {**head, "entry": entries}
    body = json.dumps(bundle, ensure_ascii=False, indent=2).encode() + b"\n"
    name = dated_name(rng, ("Observations", "Laborwerte für Überweisung"), on, "json")
    return Sample(name, "application/json", body)
