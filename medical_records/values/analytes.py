"""Common laboratory tests: their LOINC codes, names, units, and what a living person can have.

The limits are far outside any reference range, and beyond the extremes of published case reports:
a value outside them was mistyped, or given in another unit than it says. All are of the test's
usual specimen, blood; the same name in urine has another LOINC code, and is not looked at.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from medical_records.values.units import fold_unit

Limits = tuple[float, float]


@dataclass(frozen=True)
class Analyte:
    """A test that can be told from its code or name.

    `limits` are in the first of `units`. `units` say how many of each make one of the first, or,
    where that is no plain factor, the limits themselves. The first of `codes` is the usual one.
    """

    codes: tuple[str, ...]
    name: str
    limits: Limits
    units: Mapping[str, float | Limits]
    aliases: tuple[str, ...] = ()

    @cached_property
    def limits_by_unit(self) -> dict[str, tuple[str, Limits]]:
        """Each unit as `fold_unit` spells it, with its usual spelling and its limits."""
        return {fold_unit(unit): (unit, self._limits(how)) for unit, how in self.units.items()}

    def _limits(self, how: float | Limits) -> Limits:
        if isinstance(how, tuple):
            return how
        low, high = self.limits
        return (float(f"{low * how:.3g}"), float(f"{high * how:.3g}"))


EQUIVALENT = {"mmol/L": 1, "mEq/L": 1}
ENZYME = {"U/L": 1, "µkat/L": 1 / 60}
CELLS = {"10*9/L": 1, "10*3/µL": 1, "K/µL": 1, "G/L": 1, "10*3/mm3": 1, "/µL": 1000, "/mm3": 1000}
MASS = {"µg/L": 1, "ng/mL": 1}
ANALYTES = (
    Analyte(("718-7", "59260-0", "20509-6"), "Haemoglobin", (10, 300), {"g/L": 1, "g/dL": 0.1, "mmol/L": 0.06206}, ("hemoglobin", "hb", "hgb")),
    Analyte(("4544-3", "20570-8"), "Haematocrit", (3, 85), {"%": 1, "L/L": 0.01}, ("hematocrit", "hct", "pcv", "packed cell volume")),
    Analyte(("6690-2", "26464-8"), "White cell count", (0, 2000), CELLS, ("wbc", "wcc", "leucocytes", "leukocytes")),
    Analyte(("789-8", "26453-1"), "Red cell count", (0.2, 12), {"10*12/L": 1, "10*6/µL": 1, "M/µL": 1, "T/L": 1, "10*6/mm3": 1}, ("rbc", "rcc", "erythrocytes")),
    Analyte(("777-3", "26515-7"), "Platelets", (0, 15_000), CELLS, ("platelet count", "plt", "thrombocytes")),
    Analyte(("787-2", "30428-7"), "MCV", (30, 200), {"fL": 1, "µm3": 1}, ("mean cell volume", "mean corpuscular volume")),
    Analyte(("2951-2", "2947-0"), "Sodium", (80, 220), EQUIVALENT, ("na", "na+")),
    Analyte(("2823-3", "6298-4"), "Potassium", (0.5, 15), EQUIVALENT, ("k", "k+")),
    Analyte(("2075-0", "2069-3"), "Chloride", (40, 180), EQUIVALENT, ("cl", "cl-")),
    Analyte(("1963-8",), "Bicarbonate", (1, 70), EQUIVALENT, ("hco3", "hco3-")),
    Analyte(("2160-0", "14682-9", "38483-4"), "Creatinine", (5, 7000), {"µmol/L": 1, "mg/dL": 0.01131, "mg/L": 0.1131}, ("creat",)),
    Analyte(("3091-6", "22664-7"), "Urea", (0.2, 120), {"mmol/L": 1, "mg/dL": 6.006, "g/L": 0.06006}, ("blood urea",)),
    Analyte(("3094-0",), "Urea nitrogen", (0.5, 340), {"mg/dL": 1, "mmol/L": 0.357}, ("bun", "blood urea nitrogen")),
    Analyte(("33914-3", "62238-1", "98979-8"), "eGFR", (0, 250), {"mL/min/1.73m2": 1, "mL/min": 1}, ("estimated gfr", "glomerular filtration rate")),
    Analyte(("2345-7", "14749-6", "2339-0", "15074-8", "1558-6", "14771-0"), "Glucose", (0.1, 150), {"mmol/L": 1, "mg/dL": 18.02, "g/L": 0.1802}, ("blood glucose", "fasting glucose", "blood sugar")),
    Analyte(("59261-8", "4548-4", "17856-6"), "HbA1c", (5, 250), {"mmol/mol": 1, "%": (2, 25)}, ("a1c", "hb a1c", "glycated haemoglobin", "glycated hemoglobin", "hemoglobin a1c", "haemoglobin a1c")),
    Analyte(("17861-6", "2000-8"), "Calcium", (0.3, 8), {"mmol/L": 1, "mg/dL": 4.008, "mg/L": 40.08, "mEq/L": 2}, ("ca", "total calcium")),
    Analyte(("2777-1", "14879-1"), "Phosphate", (0.05, 25), {"mmol/L": 1, "mg/dL": 3.097}, ("phosphorus", "po4")),
    Analyte(("2601-3", "19123-9"), "Magnesium", (0.1, 20), {"mmol/L": 1, "mg/dL": 2.431, "mEq/L": 2}, ("mg",)),
    Analyte(("1751-7",), "Albumin", (3, 90), {"g/L": 1, "g/dL": 0.1, "µmol/L": 15.05}, ("alb",)),
    Analyte(("2885-2",), "Total protein", (10, 200), {"g/L": 1, "g/dL": 0.1}, ("protein, total",)),
    Analyte(("1975-2", "14631-6"), "Bilirubin", (0, 1500), {"µmol/L": 1, "mg/dL": 0.05848, "mg/L": 0.5848}, ("total bilirubin", "bilirubin, total")),
    Analyte(("1742-6", "1743-4"), "ALT", (0, 60_000), ENZYME, ("alanine aminotransferase", "sgpt", "alat")),
    Analyte(("1920-8", "30239-8"), "AST", (0, 90_000), ENZYME, ("aspartate aminotransferase", "sgot", "asat")),
    Analyte(("6768-6",), "ALP", (0, 30_000), ENZYME, ("alkaline phosphatase",)),
    Analyte(("2324-2",), "GGT", (0, 30_000), ENZYME, ("gamma gt", "gamma-gt", "gamma glutamyl transferase")),
    Analyte(("14804-9", "2532-0"), "LDH", (10, 200_000), ENZYME, ("ld", "lactate dehydrogenase")),
    Analyte(("2157-6",), "Creatine kinase", (0, 5_000_000), ENZYME, ("ck", "cpk")),
    Analyte(("3040-3",), "Lipase", (0, 100_000), ENZYME),
    Analyte(("1988-5", "30522-7"), "C-reactive protein", (0, 1000), {"mg/L": 1, "mg/dL": 0.1, "nmol/L": 9.524}, ("crp", "hs-crp", "hscrp")),
    Analyte(("30341-2", "4537-7"), "ESR", (0, 250), {"mm/h": 1, "mm/hr": 1, "mm/hour": 1}, ("erythrocyte sedimentation rate",)),
    Analyte(("2093-3", "14647-2"), "Cholesterol", (0.1, 70), {"mmol/L": 1, "mg/dL": 38.67, "g/L": 0.3867}, ("total cholesterol", "cholesterol, total")),
    Analyte(("2085-9", "14646-4"), "HDL cholesterol", (0, 10), {"mmol/L": 1, "mg/dL": 38.67, "g/L": 0.3867}, ("hdl", "hdl-c")),
    Analyte(("13457-7", "2089-1", "22748-8", "39469-2"), "LDL cholesterol", (0, 60), {"mmol/L": 1, "mg/dL": 38.67, "g/L": 0.3867}, ("ldl", "ldl-c")),
    Analyte(("2571-8", "14927-8"), "Triglycerides", (0.05, 400), {"mmol/L": 1, "mg/dL": 88.57, "g/L": 0.8857}, ("triglyceride",)),
    Analyte(("3016-3", "11579-0", "11580-8"), "TSH", (0, 3000), {"mIU/L": 1, "µIU/mL": 1}, ("thyroid stimulating hormone", "thyrotropin")),
    Analyte(("14920-3", "3024-7"), "Free T4", (0, 300), {"pmol/L": 1, "ng/dL": 0.0777, "pg/mL": 0.777, "ng/L": 0.777}, ("ft4", "free thyroxine")),
    Analyte(("2276-4", "20567-4"), "Ferritin", (0, 1_000_000), {**MASS, "pmol/L": 2.247}),
    Analyte(("14798-3", "2498-4"), "Iron", (0, 2000), {"µmol/L": 1, "µg/dL": 5.585, "µg/L": 55.85}),
    Analyte(("2132-9", "14685-2"), "Vitamin B12", (5, 100_000), {"pmol/L": 1, "pg/mL": 1.355, "ng/L": 1.355}, ("b12", "cobalamin")),
    Analyte(("2284-8", "14732-2"), "Folate", (0.1, 2000), {"nmol/L": 1, "ng/mL": 0.4414, "µg/L": 0.4414}, ("folic acid",)),
    Analyte(("1989-3", "62292-8"), "Vitamin D", (1, 5000), {"nmol/L": 1, "ng/mL": 0.4006, "µg/L": 0.4006}, ("25-oh vitamin d", "25-hydroxyvitamin d")),
    Analyte(("3084-1", "14933-6"), "Uric acid", (5, 4000), {"µmol/L": 1, "mmol/L": 0.001, "mg/dL": 0.01681, "mg/L": 0.1681}, ("urate",)),
    Analyte(("6301-6", "34714-6"), "INR", (0.3, 60), {"": 1, "ratio": 1, "INR": 1, "1": 1}, ("international normalised ratio", "international normalized ratio")),
    Analyte(("14979-9", "3173-2"), "APTT", (10, 600), {"s": 1, "sec": 1, "seconds": 1}, ("ptt", "activated partial thromboplastin time")),
    Analyte(("6598-7", "67151-1"), "Troponin T", (0, 200_000), {"ng/L": 1, "pg/mL": 1, "µg/L": 0.001, "ng/mL": 0.001}, ("tnt", "hs-tnt")),
    Analyte(("10839-9", "89579-7"), "Troponin I", (0, 2_000_000), {"ng/L": 1, "pg/mL": 1, "µg/L": 0.001, "ng/mL": 0.001}, ("tni", "hs-tni")),
    Analyte(("2857-1", "35741-8"), "PSA", (0, 100_000), MASS, ("prostate specific antigen", "prostate-specific antigen")),
)  # fmt: skip
