import { useState } from "react";
import type { Patient } from "@/api/types";

export type Selection = {
  chosen: Patient[];
  has: (id: string) => boolean;
  toggle: (patient: Patient) => void;
  all: (patients: Patient[], on: boolean) => void;
  clear: () => void;
};

/** Patients that were ticked, over the pages of the list. */
export function useSelection(): Selection {
  const [map, setMap] = useState<ReadonlyMap<string, Patient>>(new Map());
  const change = (what: (map: Map<string, Patient>) => void) =>
    setMap((now) => {
      const next = new Map(now);
      what(next);
      return next;
    });
  return {
    chosen: [...map.values()],
    has: (id) => map.has(id),
    toggle: (patient) =>
      change((next) => {
        if (!next.delete(patient.id)) next.set(patient.id, patient);
      }),
    all: (patients, on) =>
      change((next) => {
        for (const one of patients) {
          if (on) next.set(one.id, one);
          else next.delete(one.id);
        }
      }),
    clear: () => setMap(new Map()),
  };
}
