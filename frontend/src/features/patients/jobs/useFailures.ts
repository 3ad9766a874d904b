import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { api, unwrap } from "@/api/client";
import { cursorOf, everyPage, type Schema } from "@/api/types";

type Failure = Schema<"JobFailure">;

function page(id: string, cursor: string | undefined, page_size: number, signal: AbortSignal) {
  const query = { page_size, ...(cursor ? { cursor } : {}) };
  return unwrap(api.GET("/api/v1/jobs/{id}/failures", { params: { path: { id }, query }, signal }));
}

/** The rows that were refused, some at a time. */
export function useFailures(id: string, isAtWork: boolean) {
  return useInfiniteQuery({
    queryKey: ["job-failures", id],
    queryFn: ({ pageParam, signal }) => page(id, pageParam, 50, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => cursorOf(last.next),
    refetchInterval: isAtWork ? 10_000 : false,
  });
}

/** Fetch all of them, page after page, for a file; left, it is given up. */
export function useAllFailures(id: string, onAll: (failures: Failure[]) => void) {
  const asked = useRef<AbortController | null>(null);
  useEffect(() => () => asked.current?.abort(), []);
  return useMutation({
    mutationFn: () => {
      const controller = new AbortController();
      asked.current = controller;
      return everyPage(({ cursor }) => page(id, cursor, 200, controller.signal));
    },
    onSuccess: onAll,
  });
}
