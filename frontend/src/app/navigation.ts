import {
  IconClipboardHeart,
  IconFlask,
  IconHome,
  IconMessages,
  IconShieldHeart,
  IconStethoscope,
  IconTrash,
  IconUsers,
  IconVaccine,
} from "@tabler/icons-react";
import type { ComponentType } from "react";

type Icon = ComponentType<{ size?: number | string; "aria-hidden"?: boolean }>;
export type Label =
  | "dashboard"
  | "home"
  | "patients"
  | "labResults"
  | "visits"
  | "procedures"
  | "insurances"
  | "medicalRecords"
  | "messages"
  | "trash";
export type Entry = { to: string; label: Label; icon: Icon };
type Who = { can: (ability: string) => boolean; isPatient: boolean };

const RECORDS: [string, Label, Icon, string][] = [
  ["/lab-results", "labResults", IconFlask, "records.view"],
  ["/visits", "visits", IconStethoscope, "records.view"],
  ["/procedures", "procedures", IconVaccine, "records.view"],
  ["/insurances", "insurances", IconShieldHeart, "insurances.view"],
  ["/medical-records", "medicalRecords", IconClipboardHeart, "records.view"],
];

/** Return the menu of somebody: what they would only be refused is left out. */
export function entriesFor({ can, isPatient }: Who): Entry[] {
  const home: Label = isPatient ? "home" : "dashboard";
  const entries: Entry[] = [{ to: "/", label: home, icon: IconHome }];
  if (!isPatient && can("patients.view"))
    entries.push({ to: "/patients", label: "patients", icon: IconUsers });
  for (const [to, label, icon, ability] of RECORDS)
    if (can(ability)) entries.push({ to, label, icon });
  if (can("messages.view"))
    entries.push({ to: "/messages", label: "messages", icon: IconMessages });
  if (!isPatient && can("documents.delete"))
    entries.push({ to: "/trash", label: "trash", icon: IconTrash });
  return entries;
}
