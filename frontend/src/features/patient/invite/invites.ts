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

/** What shows whether somebody is invited: their page, the list, the first page. */
const SHOWN_BY = ["invites", "patient", "timeline", "patients", "dashboard"];

/** Return what to call when an invitation was changed, or may have been. */
export function useInviteChanged() {
  const client = useQueryClient();
  return () => {
    for (const name of SHOWN_BY) void client.invalidateQueries({ queryKey: [name] });
  };
}
