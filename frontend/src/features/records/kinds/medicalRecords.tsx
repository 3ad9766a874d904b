import { useTranslation } from "react-i18next";
import { api, unwrap, unwrapWithTag } from "@/api/client";
import { lazily } from "@/components/lazily";
import { useDates } from "@/components/useDates";
import { listing, one, state } from "../endpoints";
import type { Kind } from "../kind";
import { Lines } from "../list/Lines";
import { type Body, bodyOf, type Draft, draftOf, emptyDraft, type Row } from "../medical/drafts";

// What a list of records does not need.
const parts = () => import("../medical/parts");
const part = <Name extends keyof Awaited<ReturnType<typeof parts>>>(name: Name) =>
  lazily(async () => (await parts())[name]);

const PATH = "/api/v1/medical-records";
const ONE = `${PATH}/{id}` as const;

function Card({ record }: { record: Row }) {
  const { t } = useTranslation("records");
  const { moment, day } = useDates();
  const codes = (record.diagnoses ?? []).map((found) => found.icd_code || found.diagnosis_name);
  return (
    <Lines
      of={[
        moment(record.visit_date),
        record.doctor_name,
        [...codes, record.diagnosis].filter(Boolean).join(" · "),
        record.follow_up_date && `${t("fields.follow_up_date")} ${day(record.follow_up_date)}`,
      ]}
    />
  );
}

export const medicalRecords: Kind<Row, Draft, Body> = {
  slug: "medical-records",
  area: "records",
  api: {
    list: (query, signal) => unwrap(api.GET(PATH, listing("medical-records", query, signal))),
    get: (id, signal) => unwrapWithTag(api.GET(ONE, one(id, signal))),
    create: (body) => unwrapWithTag(api.POST(PATH, { body })),
    change: (id, etag, body) => unwrapWithTag(api.PATCH(ONE, { ...state(id, etag), body })),
    remove: (id, etag) => unwrap(api.DELETE(ONE, state(id, etag))),
  },
  fields: [
    { name: "visit_date", type: "clock", required: true },
    {
      name: "doctor_id",
      type: "person",
      hint: "doctor_id",
      nameOf: (record) => record.doctor_name,
      stays: true,
    },
    { name: "visit_id", type: "visit" },
    { name: "chief_complaint", type: "long", max: 2000 },
    {
      name: "vital_signs",
      type: "part",
      Edit: part("VitalSignsEdit"),
      Show: part("VitalSignsShow"),
    },
    { name: "diagnosis", type: "long", max: 5000 },
    { name: "diagnoses", type: "part", Edit: part("DiagnosesEdit"), Show: part("DiagnosesShow") },
    { name: "treatment_plan", type: "long", max: 10_000 },
    {
      name: "prescriptions",
      type: "part",
      Edit: part("PrescriptionsEdit"),
      Show: part("PrescriptionsShow"),
    },
    { name: "lab_results", type: "part", Edit: part("LabValuesEdit"), Show: part("LabValuesShow") },
    { name: "notes", type: "long", max: 20_000 },
    { name: "follow_up_required", type: "yes" },
    { name: "follow_up_date", type: "day" },
  ],
  filters: [
    { name: "status", type: "choice", choices: "recordStatus" },
    { name: "doctor", type: "person" },
    { name: "icd_code", type: "text" },
    { name: "visited_after", type: "day" },
    { name: "visited_before", type: "day" },
    { name: "follow_up_required", type: "choice", choices: "yesNo" },
    { name: "follow_up_before", type: "day" },
  ],
  titleOf: (record) => record.chief_complaint || record.diagnosis || "",
  marks: ({ status }) => [
    { choices: "recordStatus", value: status, color: status === "draft" ? "orange" : "green" },
  ],
  Card,
  emptyDraft,
  draftOf,
  bodyOf,
  open: (record) => record.status === "draft",
  Extra: part("Extra"),
};
