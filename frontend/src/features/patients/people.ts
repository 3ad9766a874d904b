import type { Patient } from "@/api/types";

export const nameOf = (patient: Pick<Patient, "first_name" | "last_name">): string =>
  `${patient.first_name} ${patient.last_name}`.trim();

/** Say whether an invite would be of use; the server says so again for each. */
export const isInvitable = ({ status, invite_state, email }: Patient): boolean =>
  status !== "archived" &&
  status !== "deceased" &&
  invite_state !== "accepted" &&
  invite_state !== "pending" &&
  Boolean(email);
