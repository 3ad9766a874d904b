import { queryOptions, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";

/** The latest invitation of a patient, or null. */
export const inviteQuery = (patientId: string) =>
  queryOptions({
    queryKey: ["invites", patientId],
    queryFn: async ({ signal }) => {
      const query = { patient: patientId, page_size: 1 };
      const page = await unwrap(api.GET("/api/v1/invites", { params: { query }, signal }));
      return page.results[0] ?? null;
    },
  });

/** Return what to call when an invitation was changed, or may have been. */
export function useInviteChanged(patientId: string) {
  const client = useQueryClient();
  return () => {
    void client.invalidateQueries({ queryKey: ["invites", patientId] });
    void client.invalidateQueries({ queryKey: ["patient", patientId] });
    void client.invalidateQueries({ queryKey: ["timeline", patientId] });
  };
}
