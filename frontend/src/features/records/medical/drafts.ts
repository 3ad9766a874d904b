import type { Schema } from "@/api/types";
import { fromClock, toClock } from "@/components/clock";
import type { records } from "@/locales/en/records";
import { orNull } from "../kind";
import { SIGN_UNITS } from "./units";

export type Row = Schema<"MedicalRecord">;
export type Body = Schema<"MedicalRecordRequest">;
export type Sign = keyof typeof records.signs;

type Texts<Name extends string> = Record<Name, string>;
/** `key` tells rows apart while they are added and removed; it is never sent. */
type Keyed = { key: number };
export type DiagnosisDraft = Keyed &
  Texts<"icd_code" | "diagnosis_name" | "notes"> & { diagnosis_type: "primary" | "secondary" };
export type PrescriptionDraft = Keyed &
  Texts<"medication" | "dose" | "unit" | "route" | "frequency" | "lasts" | "period" | "note">;
export type LabDraft = Keyed &
  Texts<"test" | "code" | "value" | "unit" | "reference_range" | "flag">;
export type SignDraft = Texts<"value" | "unit">;

export type Draft = Texts<
  | "patient_id"
  | "doctor_id"
  | "visit_id"
  | "visit_date"
  | "chief_complaint"
  | "diagnosis"
  | "treatment_plan"
  | "notes"
  | "follow_up_date"
> & {
  follow_up_required: boolean;
  diagnoses: DiagnosisDraft[];
  prescriptions: PrescriptionDraft[];
  vital_signs: Record<string, SignDraft>;
  lab_results: LabDraft[];
};

let keys = 0;
const newKey = () => ++keys;

export const newDiagnosis = (first: boolean): DiagnosisDraft => ({
  key: newKey(),
  icd_code: "",
  diagnosis_name: "",
  diagnosis_type: first ? "primary" : "secondary",
  notes: "",
});
export const newPrescription = (): PrescriptionDraft => ({
  key: newKey(),
  medication: "",
  dose: "",
  unit: "mg",
  route: "oral",
  frequency: "",
  lasts: "",
  period: "day",
  note: "",
});
export const newLab = (): LabDraft => ({
  key: newKey(),
  test: "",
  code: "",
  value: "",
  unit: "",
  reference_range: "",
  flag: "",
});

export const emptyDraft = (zone: string): Draft => ({
  patient_id: "",
  doctor_id: "",
  visit_id: "",
  visit_date: toClock(Date.now(), zone),
  chief_complaint: "",
  diagnosis: "",
  diagnoses: [],
  treatment_plan: "",
  prescriptions: [],
  vital_signs: {},
  lab_results: [],
  notes: "",
  follow_up_required: false,
  follow_up_date: "",
});

export const draftOf = (record: Row, zone: string): Draft => ({
  patient_id: record.patient_id,
  doctor_id: record.doctor_id ?? "",
  visit_id: record.visit_id ?? "",
  visit_date: toClock(record.visit_date, zone),
  chief_complaint: record.chief_complaint ?? "",
  diagnosis: record.diagnosis ?? "",
  diagnoses: (record.diagnoses ?? []).map((one) => ({ ...newDiagnosis(false), ...one })),
  treatment_plan: record.treatment_plan ?? "",
  prescriptions: (record.prescriptions ?? []).map(({ duration, dose, ...one }) => ({
    ...newPrescription(),
    ...one,
    dose: String(dose),
    ...(duration ? { lasts: String(duration.value), period: duration.unit } : {}),
  })),
  vital_signs: Object.fromEntries(
    Object.entries(record.vital_signs ?? {}).map(([sign, { value, unit }]) => [
      sign,
      { value: String(value), unit },
    ]),
  ),
  lab_results: (record.lab_results ?? []).map((one) => ({
    ...newLab(),
    ...one,
    value: String(one.value),
  })),
  notes: record.notes ?? "",
  follow_up_required: record.follow_up_required ?? false,
  follow_up_date: record.follow_up_date ?? "",
});

/** Return a number as it was typed, with a comma or a point; what is none is said to be wrong. */
const number = (text: string): number => Number(text.trim().replace(",", ".") || Number.NaN);
const NUMBER = /^-?\d+([.,]\d+)?$/;

/** What is sent. Units and ways of taking are texts here: the server says which it knows. */
export function bodyOf(draft: Draft, zone: string): Body {
  const { doctor_id, ...rest } = draft;
  const body = {
    ...rest,
    ...(doctor_id ? { doctor_id } : {}),
    visit_id: orNull(draft.visit_id),
    visit_date: fromClock(draft.visit_date, zone) ?? "",
    follow_up_date: orNull(draft.follow_up_date),
    diagnoses: draft.diagnoses.map(({ key: _, ...one }) => one),
    prescriptions: draft.prescriptions.map(({ key: _, lasts, period, dose, ...one }) => ({
      ...one,
      dose: number(dose),
      ...(lasts ? { duration: { value: number(lasts), unit: period } } : {}),
    })),
    vital_signs: Object.fromEntries(
      Object.keys(SIGN_UNITS).flatMap((sign) => {
        const measured = draft.vital_signs[sign];
        if (!measured || measured.value === "") return [];
        return [[sign, { value: number(measured.value), unit: measured.unit }]];
      }),
    ),
    lab_results: draft.lab_results.map(({ key: _, value, ...one }) => ({
      ...filled(one),
      value: NUMBER.test(value.trim()) ? number(value) : value,
    })),
  };
  return body as Body;
}

const filled = (texts: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== ""));
