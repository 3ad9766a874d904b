import { useQuery } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { EntityType } from "../types";
import { type Counts, countsKey } from "./cache";

const MOST = 1_000; // ids in one request

/**
 * How many documents each of these records has, by one request for all of them.
 *
 * A record without a number is one whose count is not known (yet): nobody takes it for 0.
 */
export function useFileCounts(entityType: EntityType, ids: readonly string[]) {
  const wanted = [...new Set(ids)].sort();
  const { data, error, isFetching } = useQuery({
    queryKey: countsKey(entityType, wanted),
    enabled: wanted.length > 0,
    queryFn: async ({ signal }) => {
      // Whoever leaves in the same moment (React's strict mode always does) asks nothing.
      await Promise.resolve();
      signal.throwIfAborted();
      const parts = inParts(wanted).map((part) => ask(entityType, part, signal));
      return Object.assign({}, ...(await Promise.all(parts))) as Counts;
    },
    staleTime: 30_000,
    // A page that grows keeps the numbers that it has while the others are asked for.
    placeholderData: (before, query) => (query?.queryKey[1] === entityType ? before : undefined),
  });
  const counts: Counts = data ?? {};
  const missing = wanted.some((id) => counts[id] === undefined);
  return { counts, loading: isFetching && missing, error };
}

function inParts(ids: string[]): string[][] {
  const parts = Math.ceil(ids.length / MOST);
  return Array.from({ length: parts }, (_, at) => ids.slice(at * MOST, (at + 1) * MOST));
}

async function ask(entityType: EntityType, ids: string[], signal: AbortSignal): Promise<Counts> {
  const body = { entity_type: entityType, entity_ids: ids };
  const { counts } = await unwrap(api.POST("/api/v1/files/batch-counts", { body, signal }));
  return numbers(counts);
}

/** The API's description says no more of them than that they are JSON. */
function numbers(counts: unknown): Counts {
  const found = counts !== null && typeof counts === "object" ? Object.entries(counts) : [];
  return Object.fromEntries(found.filter(([, count]) => typeof count === "number"));
}
