import { api, unwrap, unwrapWithTag } from "@/api/client";
import type { Schema } from "@/api/types";
import { useDates } from "@/components/useDates";
import { listing, one, state } from "../endpoints";
import { type Kind, orNull } from "../kind";
import { Lines } from "../list/Lines";
import { FLAG_COLORS } from "./flags";

type Row = Schema<"LabResult">;
type Body = Schema<"LabResultRequest">;
type Draft = Required<Omit<Body, "ordered_on" | "collected_on" | "resulted_on">> &
  Record<"ordered_on" | "collected_on" | "resulted_on", string>;

const PATH = "/api/v1/lab-results";
const ONE = `${PATH}/{id}` as const;
const COLORS: Record<string, string> = { resulted: "green", cancelled: "gray", collected: "cyan" };

function Card({ record }: { record: Row }) {
  const { day } = useDates();
  const range = record.reference_range && `(${record.reference_range})`;
  return (
    <Lines
      of={[
        [record.value, record.unit, range].filter(Boolean).join(" "),
        day(record.resulted_on ?? record.collected_on ?? record.ordered_on),
      ]}
    />
  );
}

export const labResults: Kind<Row, Draft, Body> = {
  slug: "lab-results",
  area: "records",
  api: {
    list: (query, signal) => unwrap(api.GET(PATH, listing("lab-results", query, signal))),
    get: (id, signal) => unwrapWithTag(api.GET(ONE, one(id, signal))),
    create: (body) => unwrapWithTag(api.POST(PATH, { body })),
    change: (id, etag, body) => unwrapWithTag(api.PATCH(ONE, { ...state(id, etag), body })),
    remove: (id, etag) => unwrap(api.DELETE(ONE, state(id, etag))),
  },
  fields: [
    { name: "test_name", type: "text", max: 200, required: true },
    { name: "test_code", type: "text", max: 50, hint: "test_code" },
    { name: "status", type: "choice", choices: "labStatus" },
    { name: "flag", type: "choice", choices: "flag", empty: true },
    { name: "value", type: "text", max: 100, hint: "value" },
    { name: "unit", type: "text", max: 30, hint: "unit" },
    { name: "reference_range", type: "text", max: 100, hint: "reference_range" },
    { name: "ordered_on", type: "day" },
    { name: "collected_on", type: "day" },
    { name: "resulted_on", type: "day" },
    { name: "notes", type: "long", max: 5000 },
  ],
  filters: [
    { name: "test", type: "text" },
    { name: "status", type: "choice", choices: "labStatus" },
    { name: "flag", type: "choice", choices: "flag" },
    { name: "resulted_after", type: "day" },
    { name: "resulted_before", type: "day" },
  ],
  titleOf: (record) => record.test_name,
  marks: ({ status = "ordered", flag = "" }) => [
    ...(flag
      ? [{ choices: "flag" as const, value: flag, color: FLAG_COLORS[flag] ?? "gray" }]
      : []),
    { choices: "labStatus", value: status, color: COLORS[status] ?? "blue" },
  ],
  Card,
  emptyDraft: () => ({
    patient_id: "",
    test_name: "",
    test_code: "",
    status: "ordered",
    ordered_on: "",
    collected_on: "",
    resulted_on: "",
    value: "",
    unit: "",
    reference_range: "",
    flag: "",
    notes: "",
  }),
  draftOf: (record) => ({
    patient_id: record.patient_id,
    test_name: record.test_name,
    test_code: record.test_code ?? "",
    status: record.status ?? "ordered",
    ordered_on: record.ordered_on ?? "",
    collected_on: record.collected_on ?? "",
    resulted_on: record.resulted_on ?? "",
    value: record.value ?? "",
    unit: record.unit ?? "",
    reference_range: record.reference_range ?? "",
    flag: record.flag ?? "",
    notes: record.notes ?? "",
  }),
  bodyOf: (draft) => ({
    ...draft,
    ordered_on: orNull(draft.ordered_on),
    collected_on: orNull(draft.collected_on),
    resulted_on: orNull(draft.resulted_on),
  }),
};
