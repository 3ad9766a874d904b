const TABS = {
  summary: "patients.view",
  timeline: "patients.view",
  documents: "documents.view",
  "medical-records": "records.view",
  visits: "records.view",
  "lab-results": "records.view",
  procedures: "records.view",
  insurances: "insurances.view",
} as const;

export type TabName = keyof typeof TABS;

export type RecordsTab = Exclude<TabName, "summary" | "timeline" | "documents">;

export const isTab = (name: string): name is TabName => name in TABS;

/** The tabs of a patient that somebody may open. */
export const tabsFor = (can: (ability: string) => boolean): TabName[] =>
  Object.keys(TABS)
    .filter(isTab)
    .filter((name) => can(TABS[name]));
