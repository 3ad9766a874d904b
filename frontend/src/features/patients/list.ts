import type { Patient } from "@/api/types";
import type { Selection } from "./useSelection";

/** What the table and the cards of a phone have in common; without the right, no selection. */
export type ListProps = {
  patients: Patient[];
  selection: Selection | null;
  onInvite: ((patient: Patient) => void) | null;
};
