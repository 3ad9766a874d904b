import type { Schema } from "@/api/types";

export const STATUSES = [
  "active",
  "inactive",
  "archived",
  "deceased",
] as const satisfies readonly Schema<"PatientStatus">[];
export const INVITE_STATES = [
  "none",
  "pending",
  "expired",
  "accepted",
  "revoked",
] as const satisfies readonly Schema<"InviteStateEnum">[];
export const SORTS = [
  "name",
  "-name",
  "date_of_birth",
  "-date_of_birth",
  "created",
  "-created",
  "updated",
  "-updated",
] as const;

export type Status = (typeof STATUSES)[number];
export type InviteState = (typeof INVITE_STATES)[number];
export type Sort = (typeof SORTS)[number];

/** What the list of patients shows. It stands in the address, so that Back and links work. */
export type Filter = {
  search: string;
  status: Status[];
  clinician: string;
  invite_state: InviteState | "";
  unassigned: boolean;
  sort: Sort;
  cursor: string;
};

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Read the filter out of an address; what makes no sense there is left out. */
export function filterOf(query: URLSearchParams): Filter {
  const asked = query.getAll("status");
  const clinician = query.get("clinician") ?? "";
  return {
    search: query.get("search") ?? "",
    status: STATUSES.filter((one) => asked.includes(one)),
    clinician: UUID.test(clinician) ? clinician : "",
    invite_state: INVITE_STATES.find((one) => one === query.get("invite_state")) ?? "",
    unassigned: query.get("unassigned") === "true",
    sort: SORTS.find((one) => one === query.get("sort")) ?? "name",
    cursor: query.get("cursor") ?? "",
  };
}

/** Write the filter as an address; what is as usual is left out. */
export function queryOf(filter: Filter): URLSearchParams {
  const query = new URLSearchParams();
  if (filter.search) query.set("search", filter.search);
  for (const one of filter.status) query.append("status", one);
  if (filter.clinician) query.set("clinician", filter.clinician);
  if (filter.invite_state) query.set("invite_state", filter.invite_state);
  if (filter.unassigned) query.set("unassigned", "true");
  if (filter.sort !== "name") query.set("sort", filter.sort);
  if (filter.cursor) query.set("cursor", filter.cursor);
  return query;
}

/** Say whether anything but the order and the page is chosen. */
export const isFiltered = (filter: Filter): boolean =>
  Boolean(filter.search || filter.clinician || filter.invite_state || filter.unassigned) ||
  filter.status.length > 0;
