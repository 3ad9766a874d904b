import { useQuery } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { Schema } from "@/api/types";
import { keys } from "./keys";

const MOST = 200; // of a page; no clinic has so many texts

/** The texts that are sent often and are switched on. */
export function useTemplates(enabled: boolean) {
  return useQuery({
    queryKey: keys.templates,
    queryFn: async ({ signal }): Promise<Schema<"Template">[]> => {
      const query = { is_active: true, page_size: MOST };
      const page = await unwrap(
        api.GET("/api/v1/message-templates", { params: { query }, signal }),
      );
      return page.results;
    },
    staleTime: 60_000,
    enabled,
  });
}
