import type { QueryClient } from "@tanstack/react-query";
import { waitFor } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { expect } from "vitest";
import type { Schema } from "@/api/types";
import { clinic, policy } from "@/components/documents/testing/clinic";
import { someone } from "@/test/render";
import { at, server } from "@/test/server";
import type { Slug } from "../kind";

export const ANNA = "01931f6e-0000-7000-8000-0000000000b1";
export const idOf = (number: number) =>
  `01931f6e-0000-7000-9000-${String(number).padStart(12, "0")}`;

const base = (number: number) => ({
  id: idOf(number),
  patient_id: ANNA,
  patient_name: "Anna Nguyen",
  created_at: "2026-11-21T01:00:00Z",
  updated_at: "2026-11-21T01:00:00Z",
});

export const aLab = (
  number: number,
  over: Partial<Schema<"LabResult">> = {},
): Schema<"LabResult"> => ({
  ...base(number),
  test_name: `Test ${number}`,
  test_code: "",
  status: "resulted",
  ordered_on: null,
  collected_on: null,
  resulted_on: "2026-11-02",
  value: "5",
  unit: "mmol/L",
  reference_range: "3–6",
  flag: "N",
  notes: "",
  ...over,
});

export const aRecord = (
  number: number,
  over: Partial<Schema<"MedicalRecord">> = {},
): Schema<"MedicalRecord"> => ({
  ...base(number),
  doctor_id: idOf(900),
  doctor_name: "Dr Robin Field",
  visit_id: null,
  visit_date: "2026-11-02T01:30:00Z",
  chief_complaint: `Cough ${number}`,
  diagnosis: "Cold",
  diagnoses: [
    { icd_code: "J00", diagnosis_name: "Acute cold", diagnosis_type: "primary", notes: "" },
  ],
  treatment_plan: "Rest",
  prescriptions: [
    {
      medication: "Honey",
      dose: 5,
      unit: "mL",
      route: "oral",
      frequency: "at night",
      duration: { value: 3, unit: "day" },
    },
  ],
  vital_signs: { temperature: { value: 37.1, unit: "°C" } },
  lab_results: [{ test: "CRP", value: 12, unit: "mg/L", flag: "H" }],
  notes: "",
  follow_up_required: false,
  follow_up_date: null,
  status: "draft",
  finalized_at: null,
  addenda: [],
  ...over,
});

export const aVisit = (number: number): Schema<"Visit"> => ({
  ...base(number),
  clinician_id: idOf(900),
  clinician_name: "Dr Robin Field",
  visit_type: "home",
  status: "finished",
  started_at: "2026-11-02T01:30:00Z",
  ended_at: "2026-11-02T02:00:00Z",
  location: "",
  reason: "",
});

export const aProcedure = (number: number): Schema<"Procedure"> => ({
  ...base(number),
  visit_id: null,
  name: "Suture",
  code: "",
  performed_at: "2026-11-02T01:30:00Z",
  performer_id: null,
  performer_name: "",
  outcome: "successful",
  notes: "",
});

export const anInsurance = (number: number): Schema<"Insurance"> => ({
  ...base(number),
  company: "Wattle Mutual",
  plan: "Gold",
  member_id: "77",
  group_number: "",
  holder: "",
  valid_from: "2024-01-01",
  valid_to: null,
  rank: "primary",
});

export const aPatient = (over: Partial<Schema<"Patient">> = {}): Schema<"Patient"> => ({
  id: ANNA,
  first_name: "Anna",
  last_name: "Nguyen",
  date_of_birth: "1990-05-01",
  sex: "female",
  email: "anna@mail.test",
  phone: "+61412345678",
  address: "1 Hill Street",
  external_id: "",
  filemaker_id: "",
  status: "active",
  clinician_id: idOf(900),
  research_consent: false,
  research_consent_on: null,
  notes: "",
  created_at: "2026-11-21T01:00:00Z",
  updated_at: "2026-11-21T01:00:00Z",
  invite_state: "none",
  ...over,
});

export const pageOf = <T>(results: T[], next: string | null = null) =>
  HttpResponse.json({ next, previous: null, results });

/** What a role may do, as the server says it (accounts/roles.py). */
export const asPatient = () =>
  someone({
    role: "patient",
    staff: false,
    abilities: [
      "patients.view",
      "patients.change",
      "records.view",
      "insurances.view",
      "insurances.add",
      "insurances.change",
      "documents.view",
      "documents.add",
    ],
  });

type Row = { id: string; updated_at: string };
type Asked = {
  lists: URLSearchParams[];
  counts: string[][];
  created: unknown[];
  changed: unknown[];
};

/** A server with records of one kind; `asked` is what it was asked for. */
export function recordsServer<R extends Row>(slug: Slug, records: R[]) {
  const { answering, names, kept } = clinic({ rules: policy({ slug }) });
  const asked: Asked = { lists: [], counts: [], created: [], changed: [] };
  const tagOf = (row: R) => `"${row.updated_at}"`;
  const show = (row: R, status = 200) =>
    HttpResponse.json(row, { status, headers: { ETag: tagOf(row) } });
  let changes = 0;
  const later = () => new Date(Date.UTC(2026, 10, 22, 1, 0, ++changes)).toISOString();
  const url = at(`/api/v1/${slug}`);
  server.use(
    http.get(url, ({ request }) => {
      asked.lists.push(new URL(request.url).searchParams);
      return pageOf(records);
    }),
    http.get(`${url}/:id`, ({ params }) => {
      const found = records.find((row) => row.id === params.id);
      return found ? show(found) : new HttpResponse(null, { status: 404 });
    }),
    http.post(url, async ({ request }) => {
      const body = (await request.json()) as object;
      asked.created.push(body);
      const [first] = records;
      if (!first) throw new Error("Give the server a record that shows what they look like.");
      const made: R = { ...first, ...body, id: idOf(500 + asked.created.length) };
      records.push(made);
      return show(made, 201);
    }),
    http.patch(`${url}/:id`, async ({ request, params }) => {
      const body = (await request.json()) as object;
      const index = records.findIndex((row) => row.id === params.id);
      const before = records[index];
      if (!before) return new HttpResponse(null, { status: 404 });
      if (request.headers.get("If-Match") !== tagOf(before))
        return HttpResponse.json({ detail: "Somebody has changed this." }, { status: 412 });
      asked.changed.push(body);
      const after: R = { ...before, ...body, updated_at: later() };
      records[index] = after;
      return show(after);
    }),
    http.get(at("/api/v1/patients"), () => pageOf([aPatient()])),
    http.get(at("/api/v1/patients/:id"), () =>
      HttpResponse.json(aPatient(), { headers: { ETag: '"1"' } }),
    ),
    http.get(at("/api/v1/clinicians"), () => pageOf([{ id: idOf(900), name: "Dr Robin Field" }])),
    http.post(at("/api/v1/files/batch-counts"), async ({ request }) => {
      const { entity_ids } = (await request.json()) as { entity_ids: string[] };
      asked.counts.push(entity_ids);
      return HttpResponse.json({ counts: Object.fromEntries(entity_ids.map((id) => [id, 2])) });
    }),
  );
  return {
    asked,
    records,
    answering,
    names,
    kept,
    url,
    /** Somebody else changes a record meanwhile. */
    meanwhile: (id: string, over: Partial<R>) => {
      const index = records.findIndex((row) => row.id === id);
      const before = records[index];
      if (before) records[index] = { ...before, ...over, updated_at: later() };
    },
  };
}

/** Wait until nothing is being asked for any more. */
export const settled = (client: QueryClient) => waitFor(() => expect(client.isFetching()).toBe(0));

/** The dialog that was opened last; finding it by its role takes long in large forms. */
export function theDialog(): HTMLElement {
  const found = [...document.querySelectorAll<HTMLElement>('[role="dialog"]')].at(-1);
  if (!found) throw new Error("No dialog is open.");
  return found;
}
