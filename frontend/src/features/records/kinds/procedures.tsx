import { api, unwrap, unwrapWithTag } from "@/api/client";
import type { Schema } from "@/api/types";
import { fromClock, toClock } from "@/components/clock";
import { useDates } from "@/components/useDates";
import { listing, one, state } from "../endpoints";
import { type Kind, orNull } from "../kind";
import { Lines } from "../list/Lines";

type Row = Schema<"Procedure">;
type Body = Schema<"ProcedureRequest">;
type Draft = Required<Omit<Body, "visit_id" | "performer_id">> &
  Record<"visit_id" | "performer_id", string>;

const PATH = "/api/v1/procedures";
const ONE = `${PATH}/{id}` as const;
const COLORS: Record<string, string> = {
  successful: "green",
  partly_successful: "orange",
  unsuccessful: "red",
};

function Card({ record }: { record: Row }) {
  const { moment } = useDates();
  return <Lines of={[moment(record.performed_at), record.performer_name, record.code]} />;
}

export const procedures: Kind<Row, Draft, Body> = {
  slug: "procedures",
  area: "records",
  api: {
    list: (query, signal) => unwrap(api.GET(PATH, listing("procedures", query, signal))),
    get: (id, signal) => unwrapWithTag(api.GET(ONE, one(id, signal))),
    create: (body) => unwrapWithTag(api.POST(PATH, { body })),
    change: (id, etag, body) => unwrapWithTag(api.PATCH(ONE, { ...state(id, etag), body })),
    remove: (id, etag) => unwrap(api.DELETE(ONE, state(id, etag))),
  },
  fields: [
    { name: "name", type: "text", max: 200, required: true },
    { name: "code", type: "text", max: 50, hint: "code" },
    { name: "performed_at", type: "clock", required: true },
    { name: "performer_id", type: "person", nameOf: (record) => record.performer_name },
    { name: "visit_id", type: "visit" },
    { name: "outcome", type: "choice", choices: "outcome", empty: true },
    { name: "notes", type: "long", max: 5000 },
  ],
  filters: [
    { name: "name", type: "text" },
    { name: "outcome", type: "choice", choices: "outcome" },
    { name: "performer", type: "person" },
    { name: "performed_after", type: "day" },
    { name: "performed_before", type: "day" },
  ],
  titleOf: (record) => record.name,
  marks: ({ outcome = "" }) =>
    outcome ? [{ choices: "outcome", value: outcome, color: COLORS[outcome] ?? "gray" }] : [],
  Card,
  emptyDraft: (zone) => ({
    patient_id: "",
    visit_id: "",
    name: "",
    code: "",
    performed_at: toClock(Date.now(), zone),
    performer_id: "",
    outcome: "",
    notes: "",
  }),
  draftOf: (record, zone) => ({
    patient_id: record.patient_id,
    visit_id: record.visit_id ?? "",
    name: record.name,
    code: record.code ?? "",
    performed_at: toClock(record.performed_at, zone),
    performer_id: record.performer_id ?? "",
    outcome: record.outcome ?? "",
    notes: record.notes ?? "",
  }),
  bodyOf: (draft, zone) => ({
    ...draft,
    visit_id: orNull(draft.visit_id),
    performer_id: orNull(draft.performer_id),
    performed_at: fromClock(draft.performed_at, zone) ?? "",
  }),
};
