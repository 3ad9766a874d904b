import { api, unwrap, unwrapWithTag } from "@/api/client";
import type { Schema } from "@/api/types";
import { fromClock, toClock } from "@/components/clock";
import { useDates } from "@/components/useDates";
import { listing, one, state } from "../endpoints";
import { type Kind, orNull } from "../kind";
import { Lines } from "../list/Lines";

type Row = Schema<"Visit">;
type Body = Schema<"VisitRequest">;
type Draft = Required<Omit<Body, "clinician_id" | "ended_at">> &
  Record<"clinician_id" | "ended_at", string>;

const PATH = "/api/v1/visits";
const ONE = `${PATH}/{id}` as const;
const COLORS: Record<string, string> = {
  planned: "blue",
  in_progress: "cyan",
  finished: "green",
  no_show: "orange",
};

function Card({ record }: { record: Row }) {
  const { moment } = useDates();
  return <Lines of={[moment(record.started_at), record.clinician_name, record.location]} />;
}

export const visits: Kind<Row, Draft, Body> = {
  slug: "visits",
  area: "records",
  api: {
    list: (query, signal) => unwrap(api.GET(PATH, listing("visits", query, signal))),
    get: (id, signal) => unwrapWithTag(api.GET(ONE, one(id, signal))),
    create: (body) => unwrapWithTag(api.POST(PATH, { body })),
    change: (id, etag, body) => unwrapWithTag(api.PATCH(ONE, { ...state(id, etag), body })),
    remove: (id, etag) => unwrap(api.DELETE(ONE, state(id, etag))),
  },
  fields: [
    { name: "started_at", type: "clock", required: true },
    { name: "ended_at", type: "clock" },
    { name: "visit_type", type: "choice", choices: "visitType" },
    { name: "status", type: "choice", choices: "visitStatus" },
    { name: "clinician_id", type: "person", nameOf: (record) => record.clinician_name },
    { name: "location", type: "text", max: 200 },
    { name: "reason", type: "text", max: 500, wide: true },
  ],
  filters: [
    { name: "status", type: "choice", choices: "visitStatus" },
    { name: "visit_type", type: "choice", choices: "visitType" },
    { name: "clinician", type: "person" },
    { name: "started_after", type: "day" },
    { name: "started_before", type: "day" },
  ],
  titleOf: (record) => record.reason ?? "",
  marks: ({ status = "planned", visit_type = "ambulatory" }) => [
    { choices: "visitStatus", value: status, color: COLORS[status] ?? "gray" },
    { choices: "visitType", value: visit_type, color: "gray" },
  ],
  Card,
  emptyDraft: (zone) => ({
    patient_id: "",
    clinician_id: "",
    visit_type: "ambulatory",
    status: "planned",
    started_at: toClock(Date.now(), zone),
    ended_at: "",
    location: "",
    reason: "",
  }),
  draftOf: (record, zone) => ({
    patient_id: record.patient_id,
    clinician_id: record.clinician_id ?? "",
    visit_type: record.visit_type ?? "ambulatory",
    status: record.status ?? "planned",
    started_at: toClock(record.started_at, zone),
    ended_at: toClock(record.ended_at, zone),
    location: record.location ?? "",
    reason: record.reason ?? "",
  }),
  bodyOf: (draft, zone) => ({
    ...draft,
    clinician_id: orNull(draft.clinician_id),
    started_at: fromClock(draft.started_at, zone) ?? "",
    ended_at: fromClock(draft.ended_at, zone),
  }),
};
