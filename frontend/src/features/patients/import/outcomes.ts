import type { Schema } from "@/api/types";

export const OUTCOMES = [
  { name: "imported", color: "teal" },
  { name: "updated", color: "blue" },
  { name: "already_there", color: "gray" },
  { name: "refused", color: "red" },
] as const;

export type Outcome = (typeof OUTCOMES)[number]["name"];

/** Return what would become of a row. */
export const outcomeOf = ({ outcome }: Schema<"PreviewedRow">): Outcome =>
  OUTCOMES.find((one) => one.name === outcome)?.name ?? "refused";
