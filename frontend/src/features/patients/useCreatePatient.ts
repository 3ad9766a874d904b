import { useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { api, unwrap } from "@/api/client";
import type { Patient } from "@/api/types";
import { useAction } from "@/components/useAction";
import type { Typed } from "./PatientFields";
import { PATIENTS } from "./usePatients";

const LOOKED_AT = 200; // as many as a page of the list may have

/** Add a patient, after a look for others of the same name. */
export function useCreatePatient(onCreated: (patient: Patient) => void) {
  const client = useQueryClient();
  const [alike, setAlike] = useState<Patient[]>([]);
  // Who was shown and is somebody else. Whoever comes besides may be the one that was sent just now.
  const others = useRef(new Set<string>());
  const create = useAction({
    mutationFn: async (typed: Typed): Promise<Patient | null> => {
      const found = (await alikeOf(typed)).filter(({ id }) => !others.current.has(id));
      setAlike(found);
      return found.length > 0
        ? null
        : unwrap(api.POST("/api/v1/patients", { body: bodyOf(typed) }));
    },
    onSuccess: (patient) => {
      if (patient) void client.invalidateQueries({ queryKey: PATIENTS });
    },
  });
  const submit = (typed: Typed) =>
    create.run(typed, {
      onSuccess: (patient) => {
        if (patient) onCreated(patient);
      },
    });
  return {
    alike,
    error: create.error,
    isPending: create.isPending,
    submit,
    /** Those who were found are somebody else. */
    confirm: (typed: Typed) => {
      for (const { id } of alike) others.current.add(id);
      submit(typed);
    },
    /** What was found and refused was about what stood there before. */
    forget: () => {
      others.current.clear();
      if (alike.length > 0) setAlike([]);
    },
  };
}

async function alikeOf(typed: Typed): Promise<Patient[]> {
  const search = `${typed.first_name} ${typed.last_name}`;
  const page = await unwrap(
    api.GET("/api/v1/patients", { params: { query: { search, page_size: LOOKED_AT } } }),
  );
  const name = folded(search);
  return page.results.filter(
    (one) =>
      folded(`${one.first_name} ${one.last_name}`) === name &&
      (!one.date_of_birth || !typed.date_of_birth || one.date_of_birth === typed.date_of_birth),
  );
}

/** Without case, accents and spare spaces, as the search of the server compares. */
const folded = (text: string): string =>
  text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .split(/\s+/)
    .filter(Boolean)
    .join(" ");

function bodyOf({ date_of_birth, sex, clinician_id, ...texts }: Typed) {
  return {
    ...texts,
    ...(date_of_birth ? { date_of_birth } : {}),
    ...(sex ? { sex } : {}),
    ...(clinician_id ? { clinician_id } : {}),
  };
}
