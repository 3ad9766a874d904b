import { useQuery } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";

export const DASHBOARD = ["dashboard"] as const;

/** Numbers of the clinic, what is due and what came in. */
export function useDashboard() {
  return useQuery({
    queryKey: DASHBOARD,
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/dashboard", { signal })),
    staleTime: 30_000,
  });
}
