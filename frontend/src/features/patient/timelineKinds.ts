import type { people } from "@/locales/en/people";

export type TimelineKind = keyof typeof people.timeline.kinds;

/** Which ability shows a kind at all. */
const ABILITIES: Record<TimelineKind, string> = {
  medical_record: "records.view",
  visit: "records.view",
  procedure: "records.view",
  lab_result: "records.view",
  insurance: "insurances.view",
  document: "documents.view",
  at_report: "records.view",
  message: "messages.view",
  invite: "invites.view",
};

export const isTimelineKind = (kind: string): kind is TimelineKind => kind in ABILITIES;

export const kindsFor = (can: (ability: string) => boolean): TimelineKind[] =>
  Object.keys(ABILITIES)
    .filter(isTimelineKind)
    .filter((kind) => can(ABILITIES[kind]));
