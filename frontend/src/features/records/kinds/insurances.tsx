import { useTranslation } from "react-i18next";
import { api, unwrap, unwrapWithTag } from "@/api/client";
import type { Schema } from "@/api/types";
import { useDates } from "@/components/useDates";
import { listing, one, state } from "../endpoints";
import { type Kind, orNull } from "../kind";
import { Lines } from "../list/Lines";

type Row = Schema<"Insurance">;
type Body = Schema<"InsuranceRequest">;
type Draft = Required<Omit<Body, "valid_from" | "valid_to">> &
  Record<"valid_from" | "valid_to", string>;

const PATH = "/api/v1/insurances";
const ONE = `${PATH}/{id}` as const;

function Card({ record }: { record: Row }) {
  const { t } = useTranslation("records");
  const { day } = useDates();
  const from = record.valid_from && `${t("fields.valid_from")} ${day(record.valid_from)}`;
  const to = record.valid_to && `${t("fields.valid_to")} ${day(record.valid_to)}`;
  return (
    <Lines
      of={[record.plan, `${t("fields.member_id")} ${record.member_id}`, from, to, record.holder]}
    />
  );
}

export const insurances: Kind<Row, Draft, Body> = {
  slug: "insurances",
  area: "insurances",
  api: {
    list: (query, signal) => unwrap(api.GET(PATH, listing("insurances", query, signal))),
    get: (id, signal) => unwrapWithTag(api.GET(ONE, one(id, signal))),
    create: (body) => unwrapWithTag(api.POST(PATH, { body })),
    change: (id, etag, body) => unwrapWithTag(api.PATCH(ONE, { ...state(id, etag), body })),
    remove: (id, etag) => unwrap(api.DELETE(ONE, state(id, etag))),
  },
  fields: [
    { name: "company", type: "text", max: 200, required: true },
    { name: "plan", type: "text", max: 200 },
    { name: "member_id", type: "text", max: 100, required: true, hint: "member_id" },
    { name: "group_number", type: "text", max: 100 },
    { name: "holder", type: "text", max: 200, hint: "holder" },
    { name: "rank", type: "choice", choices: "rank" },
    { name: "valid_from", type: "day" },
    { name: "valid_to", type: "day" },
  ],
  filters: [
    { name: "company", type: "text" },
    { name: "rank", type: "choice", choices: "rank" },
    { name: "valid_on", type: "day" },
  ],
  titleOf: (record) => record.company,
  marks: ({ rank = "primary" }) => [
    { choices: "rank", value: rank, color: rank === "primary" ? "indigo" : "gray" },
  ],
  Card,
  emptyDraft: () => ({
    patient_id: "",
    company: "",
    plan: "",
    member_id: "",
    group_number: "",
    holder: "",
    valid_from: "",
    valid_to: "",
    rank: "primary",
  }),
  draftOf: (record) => ({
    patient_id: record.patient_id,
    company: record.company,
    plan: record.plan ?? "",
    member_id: record.member_id,
    group_number: record.group_number ?? "",
    holder: record.holder ?? "",
    valid_from: record.valid_from ?? "",
    valid_to: record.valid_to ?? "",
    rank: record.rank ?? "primary",
  }),
  bodyOf: (draft) => ({
    ...draft,
    valid_from: orNull(draft.valid_from),
    valid_to: orNull(draft.valid_to),
  }),
};
