import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { api, unwrap } from "@/api/client";
import { cursorOf, type Schema } from "@/api/types";
import { keys, POLL } from "./keys";
import { inOrder } from "./order";

const ask = (id: string, cursor: string, signal: AbortSignal) =>
  unwrap(
    api.GET("/api/v1/conversations/{id}/messages", {
      params: { path: { id }, query: { cursor: cursor || undefined } },
      signal,
    }),
  );

/**
 * What was said in a conversation, the first on top.
 *
 * Pages of what is older are loaded once and stay. Only the last page is asked for again and again,
 * however far back somebody has read.
 */
export function useThread(id: string) {
  const client = useQueryClient();
  const latestKey = [...keys.thread(id), "latest"];
  const history = useInfiniteQuery({
    queryKey: [...keys.thread(id), "history"],
    queryFn: async ({ pageParam, signal }) => {
      const page = await ask(id, pageParam, signal);
      // The first page is the last one as well; it is not asked for twice.
      if (pageParam === "") client.setQueryData(latestKey, page);
      return page;
    },
    initialPageParam: "",
    getNextPageParam: (page) => cursorOf(page.next),
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnMount: "always",
  });
  const latest = useQuery({
    queryKey: latestKey,
    queryFn: ({ signal }) => ask(id, "", signal),
    refetchInterval: (query) => (isUnderWay(query.state.data) ? SOON : POLL),
    staleTime: POLL,
    enabled: history.isSuccess,
  });

  const { data: known, refetch } = history;
  const { data: last, dataUpdatedAt: looked } = latest;
  const messages = useMemo(
    () => inOrder([...(known?.pages ?? []), ...(last ? [last] : [])].map((page) => page.results)),
    [known, last],
  );
  // More than a page came since: what lies between the pages and the last one is missing.
  const hasGap = isApart(known?.pages.flatMap((page) => page.results) ?? [], last);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what failed is tried with the next look
  useEffect(() => {
    if (hasGap) void refetch({ cancelRefetch: false });
  }, [hasGap, refetch, looked]);

  return { history, latest, messages };
}

/** What was written just now is usually sent within seconds; what was not waits for its gateway. */
const SOON = 2_000;
const JUST_NOW = 2 * 60_000;

const isUnderWay = (page: Page | undefined): boolean =>
  page?.results.some(
    ({ status, occurred_at }) =>
      (status === "queued" || status === "sending") &&
      Date.now() - Date.parse(occurred_at) < JUST_NOW,
  ) ?? false;

type Page = { next?: string | null; results: Schema<"ThreadMessage">[] };

function isApart(known: Schema<"ThreadMessage">[], last: Page | undefined): boolean {
  if (!last?.next || known.length === 0) return false;
  const ids = new Set(known.map((one) => one.id));
  return !last.results.some((one) => ids.has(one.id));
}
