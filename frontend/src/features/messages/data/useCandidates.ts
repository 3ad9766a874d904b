import { useQuery } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import { keys } from "./keys";

/** The patients whose number a conversation is with. */
export function useCandidates(id: string, enabled: boolean) {
  return useQuery({
    queryKey: keys.candidates(id),
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/api/v1/conversations/{id}/candidates", { params: { path: { id } }, signal }),
      ),
    enabled,
  });
}
