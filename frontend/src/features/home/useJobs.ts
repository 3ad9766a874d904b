import { useQuery } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import { isAtWork, NOT_OVER } from "@/features/patients/jobs/job";

const WHILE_RUNNING = 3_000; // ms
const ELSE = 60_000;

/** The clinic's long work that is not over, asked again while somebody looks at the page. */
export function useJobs() {
  return useQuery({
    queryKey: ["jobs", "not-over"],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/api/v1/jobs", {
          params: { query: { state: [...NOT_OVER], page_size: 10 } },
          signal,
        }),
      ),
    refetchInterval: ({ state }) => (state.data?.results.some(isAtWork) ? WHILE_RUNNING : ELSE),
    refetchIntervalInBackground: false,
  });
}
