import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, unwrap } from "@/api/client";
import type { Patient } from "@/api/types";
import type { Typed } from "./PatientFields";
import { PATIENTS } from "./usePatients";

type Asked = { typed: Typed; sure: boolean };

/** Add a patient, after a look for others of the same name. */
export function useCreatePatient(onCreated: (patient: Patient) => void) {
  const client = useQueryClient();
  const [alike, setAlike] = useState<Patient[]>([]);
  const create = useMutation({
    mutationFn: async ({ typed, sure }: Asked): Promise<Patient | null> => {
      const found = sure ? [] : await alikeOf(typed);
      setAlike(found);
      return found.length > 0
        ? null
        : unwrap(api.POST("/api/v1/patients", { body: bodyOf(typed) }));
    },
    onSuccess: (patient) => {
      if (!patient) return;
      void client.invalidateQueries({ queryKey: PATIENTS });
      onCreated(patient);
    },
  });
  return {
    alike,
    error: create.error,
    isPending: create.isPending,
    submit: (typed: Typed, sure: boolean) => {
      if (!create.isPending) create.mutate({ typed, sure });
    },
    /** What was found and refused was about what stood there before. */
    forget: () => {
      if (alike.length > 0) setAlike([]);
    },
  };
}

async function alikeOf(typed: Typed): Promise<Patient[]> {
  const search = `${typed.first_name} ${typed.last_name}`;
  const page = await unwrap(
    api.GET("/api/v1/patients", { params: { query: { search, page_size: 20 } } }),
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
