import type { QueryClient, QueryKey } from "@tanstack/react-query";
import type { EntityType } from "../types";

export type Counts = Record<string, number>;

/** The counts of a page of records; `ids` in a fixed order, so that the same ones are one entry. */
export const countsKey = (entityType: EntityType, ids?: readonly string[]) =>
  ids ? ["file-counts", entityType, ids] : ["file-counts", entityType];

/** Say how many documents a record has now, wherever its count is shown; nothing is asked. */
export function setFileCount(
  client: QueryClient,
  entityType: EntityType,
  id: string,
  count: number,
): void {
  change(client, entityType, id, () => count);
}

/** The same where only the difference is known; a count that nobody asked for stays unknown. */
export function changeFileCount(
  client: QueryClient,
  entityType: EntityType,
  id: string,
  by: number,
): void {
  change(client, entityType, id, (known) => Math.max(0, known + by));
}

function change(
  client: QueryClient,
  entityType: EntityType,
  id: string,
  to: (known: number) => number,
): void {
  const queryKey = countsKey(entityType);
  const about = {
    queryKey,
    predicate: (query: { queryKey: QueryKey }) => names(query.queryKey, id),
  };
  // An answer on its way may have been counted before the change, so it is asked for once more.
  if (client.isFetching(about) > 0) {
    void client.cancelQueries(about).then(() => client.invalidateQueries(about));
  }
  client.setQueriesData<Counts>({ queryKey }, (counts) => {
    const known = counts?.[id];
    return counts === undefined || known === undefined ? counts : { ...counts, [id]: to(known) };
  });
}

function names(key: QueryKey, id: string): boolean {
  return Array.isArray(key[2]) && key[2].includes(id);
}
