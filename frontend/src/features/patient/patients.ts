import { queryOptions } from "@tanstack/react-query";
import { api, unwrap, unwrapWithTag } from "@/api/client";
import type { Patient } from "@/api/types";

/** A patient with the ETag that the next change names. */
export const patientQuery = (id: string) =>
  queryOptions({
    queryKey: ["patient", id] as const,
    queryFn: ({ signal }) =>
      unwrapWithTag(api.GET("/api/v1/patients/{id}", { params: { path: { id } }, signal })),
    staleTime: 30_000,
  });

/** Find patients by any part of name, e-mail, phone or number; those of the past come too. */
export const searchPatients = async (words: string, signal: AbortSignal): Promise<Patient[]> => {
  const query = { page_size: 20, ...(words ? { search: words } : {}) };
  return (await unwrap(api.GET("/api/v1/patients", { params: { query }, signal }))).results;
};
