import { useQuery } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";

const SHOWN = 10;
const LEAST = 2; // characters that are searched for

/** Patients by name, date of birth or number; nobody before there is something to look for. */
export function usePatientSearch(words: string) {
  const search = words.trim();
  return useQuery({
    queryKey: ["patients", "picked", search],
    queryFn: async ({ signal }) => {
      const query = { search, page_size: SHOWN };
      return (await unwrap(api.GET("/api/v1/patients", { params: { query }, signal }))).results;
    },
    enabled: search.length >= LEAST,
  });
}

/** One patient, for whom a message is to be. */
export function usePatient(id: string) {
  return useQuery({
    queryKey: ["patients", "one", id],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/v1/patients/{id}", { params: { path: { id } }, signal })),
    enabled: id !== "",
  });
}
