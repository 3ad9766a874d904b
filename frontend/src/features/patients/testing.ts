import type { Patient } from "@/api/types";

/** For tests: the id of the patient with a number. */
export const idOf = (number: number): string =>
  `01931f6e-0000-7000-8000-${String(number).padStart(12, "0")}`;

/** For tests: a patient as the API answers it; say what differs. */
export const patient = (number: number, over: Partial<Patient> = {}): Patient => ({
  id: idOf(number),
  first_name: `First${number}`,
  last_name: "Person",
  date_of_birth: "2015-03-01",
  sex: "female",
  email: `p${number}@mail.test`,
  phone: "+61412345678",
  address: "",
  external_id: "",
  filemaker_id: "",
  status: "active",
  clinician_id: null,
  research_consent: false,
  research_consent_on: null,
  notes: "",
  created_at: "2026-11-21T00:05:12Z",
  updated_at: "2026-11-21T00:05:12Z",
  invite_state: "none",
  ...over,
});

/** For tests: a page of a list. */
export const pageOf = <T>(
  results: T[],
  next: string | null = null,
  previous: string | null = null,
) => ({
  next,
  previous,
  results,
});
