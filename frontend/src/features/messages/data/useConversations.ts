import { useInfiniteQuery } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import { cursorOf } from "@/api/types";
import { keys, type ListFilters, POLL } from "./keys";

/** The conversations, the last spoken to first, in pages; asked again while somebody looks. */
export function useConversations(filters: ListFilters, enabled = true) {
  return useInfiniteQuery({
    queryKey: keys.list(filters),
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET("/api/v1/conversations", {
          params: {
            query: {
              cursor: pageParam || undefined,
              unread: filters.unread || undefined,
              unmatched: filters.unmatched || undefined,
              search: filters.search || undefined,
              patient: filters.patient || undefined,
            },
          },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => cursorOf(page.next),
    // Each page that was opened is asked for again, so that many of them are asked less often.
    refetchInterval: (query) => POLL * Math.max(1, query.state.data?.pages.length ?? 1),
    placeholderData: (previous) => previous,
    enabled,
  });
}
