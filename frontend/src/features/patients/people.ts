import type { Patient } from "@/api/types";

export const nameOf = ({ first_name, last_name }: Pick<Patient, "first_name" | "last_name">) =>
  `${first_name} ${last_name}`;

/** Say whether an invite would be of use; the server says so again for each. */
export const isInvitable = ({ status, invite_state, email }: Patient): boolean =>
  status !== "archived" &&
  status !== "deceased" &&
  invite_state !== "accepted" &&
  invite_state !== "pending" &&
  Boolean(email);
