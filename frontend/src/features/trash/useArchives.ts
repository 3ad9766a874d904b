import { useInfiniteQuery } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import { cursorOf } from "@/api/types";

const WHILE_MAKING = 3_000;

/** The ZIPs that the member has asked for, the newest first; asked again while one is being made. */
export function useArchives() {
  return useInfiniteQuery({
    queryKey: ["archives"],
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        api.GET("/api/v1/archives", {
          params: { query: { cursor: pageParam || undefined } },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => cursorOf(page.next),
    refetchInterval: (query) => {
      const rows = query.state.data?.pages.flatMap((page) => page.results) ?? [];
      return rows.some((one) => one.state === "making") && WHILE_MAKING;
    },
  });
}
