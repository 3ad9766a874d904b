import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { api, unwrap } from "@/api/client";
import { useAction } from "@/components/useAction";
import { PATIENTS } from "../usePatients";
import { isAtWork } from "./job";

const EVERY = 1_500; // ms; not while the page is in the background

/** Watch a job until it rests. */
export function useJob(id: string) {
  const client = useQueryClient();
  const query = useQuery({
    queryKey: ["jobs", id],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/v1/jobs/{id}", { params: { path: { id } }, signal })),
    refetchInterval: ({ state }) => (state.data && isAtWork(state.data) ? EVERY : false),
  });
  const state = query.data?.state;
  // What it has done stands in other lists.
  useEffect(() => {
    if (state === undefined) return;
    void client.invalidateQueries({ queryKey: PATIENTS });
    void client.invalidateQueries({ queryKey: ["dashboard"] });
    void client.invalidateQueries({ queryKey: ["job-failures", id] });
  }, [client, id, state]);
  return query;
}

export type Wish = "pause" | "resume" | "cancel";

/** Pause, go on, or stop for good. */
export function useJobWish(id: string) {
  const client = useQueryClient();
  const options = { params: { path: { id } } };
  return useAction({
    mutationFn: (wish: Wish) => {
      if (wish === "pause") return unwrap(api.POST("/api/v1/jobs/{id}/pause", options));
      if (wish === "resume") return unwrap(api.POST("/api/v1/jobs/{id}/resume", options));
      return unwrap(api.POST("/api/v1/jobs/{id}/cancel", options));
    },
    onSuccess: (job) => client.setQueryData(["jobs", id], job),
    // It may have ended meanwhile, so that it cannot be paused: look how it stands.
    onError: () => client.invalidateQueries({ queryKey: ["jobs", id] }),
  });
}
