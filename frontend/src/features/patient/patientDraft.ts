import type { Patient, Schema } from "@/api/types";
import type { people } from "@/locales/en/people";

export type Body = Schema<"PatchedPatientRequest">;
export type FieldName = Exclude<keyof typeof people.fields, "filemaker_id">;
type TextName = Exclude<FieldName, "research_consent">;
export type Draft = Record<TextName, string> & { research_consent: boolean };

/** What patients and guardians may change of themselves and their children. */
export const OWN: FieldName[] = ["phone", "address"];
export const ALL: FieldName[] = [
  "first_name",
  "last_name",
  "date_of_birth",
  "sex",
  "email",
  "phone",
  "address",
  "external_id",
  "status",
  "clinician_id",
  "research_consent",
  "research_consent_on",
  "notes",
];

export const draftOf = (patient: Patient): Draft => ({
  first_name: patient.first_name,
  last_name: patient.last_name,
  date_of_birth: patient.date_of_birth ?? "",
  sex: patient.sex ?? "",
  email: patient.email ?? "",
  phone: patient.phone ?? "",
  address: patient.address ?? "",
  external_id: patient.external_id ?? "",
  status: patient.status ?? "active",
  clinician_id: patient.clinician_id ?? "",
  research_consent: patient.research_consent ?? false,
  research_consent_on: patient.research_consent_on ?? "",
  notes: patient.notes ?? "",
});

/** What is sent for a draft; days and ids that are empty are null. */
export function bodyOf(draft: Draft): Body {
  const body = {
    ...draft,
    date_of_birth: draft.date_of_birth || null,
    clinician_id: draft.clinician_id || null,
    research_consent_on: draft.research_consent_on || null,
  };
  return body as Body; // sex and status come from selects; the server checks them
}
