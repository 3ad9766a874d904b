import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { Filter } from "./filter";

export const PATIENTS = ["patients"] as const;

/** One page of the patients. The last one stays in sight while the next comes. */
export function usePatients(filter: Filter) {
  return useQuery({
    queryKey: [...PATIENTS, "list", filter],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/api/v1/patients", {
          params: {
            query: {
              sort: filter.sort,
              ...(filter.search ? { search: filter.search } : {}),
              ...(filter.status.length > 0 ? { status: filter.status } : {}),
              ...(filter.clinician ? { clinician: filter.clinician } : {}),
              ...(filter.invite_state ? { invite_state: filter.invite_state } : {}),
              ...(filter.unassigned ? { unassigned: true } : {}),
              ...(filter.cursor ? { cursor: filter.cursor } : {}),
            },
          },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
}
