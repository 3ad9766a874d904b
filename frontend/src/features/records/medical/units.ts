import type { Schema } from "@/api/types";
import type { Sign } from "./drafts";

type Prescription = NonNullable<Schema<"MedicalRecord">["prescriptions"]>[number];

/** The units of each vital sign, the usual one first. */
export const SIGN_UNITS: Record<Sign, [string, ...string[]]> = {
  systolic: ["mmHg"],
  diastolic: ["mmHg"],
  pulse: ["/min"],
  temperature: ["°C", "°F"],
  respiratory_rate: ["/min"],
  spo2: ["%"],
  height: ["cm", "m", "in"],
  weight: ["kg", "g", "lb"],
};

export const DOSE_UNITS: Prescription["unit"][] = [
  "mg",
  "g",
  "microgram",
  "mL",
  "L",
  "IU",
  "unit",
  "mmol",
  "%",
  "tablet",
  "capsule",
  "drop",
  "puff",
  "patch",
  "sachet",
  "suppository",
  "application",
];
