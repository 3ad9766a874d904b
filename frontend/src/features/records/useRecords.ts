import {
  type QueryClient,
  queryOptions,
  useInfiniteQuery,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { cursorOf } from "@/api/types";
import type { BaseDraft, BaseRecord, Kind, Query, Slug, Tagged } from "./kind";

/** As many cards as are counted with one request. */
export const PAGE_SIZE = 100;

/** The records of a kind that fit the filters, a page at a time. */
export function useRecords<R extends BaseRecord, D extends BaseDraft, B>(
  kind: Kind<R, D, B>,
  filters: Query,
) {
  return useInfiniteQuery({
    queryKey: ["records", kind.slug, filters],
    queryFn: ({ signal, pageParam }) => {
      const query: Query = { ...filters, page_size: PAGE_SIZE };
      if (pageParam) query.cursor = pageParam;
      return kind.api.list(query, signal);
    },
    initialPageParam: "",
    getNextPageParam: (page) => cursorOf(page.next) ?? null,
  });
}

export function recordQuery<R extends BaseRecord, D extends BaseDraft, B>(
  kind: Kind<R, D, B>,
  id: string,
) {
  return queryOptions({
    queryKey: ["record", kind.slug, id],
    queryFn: ({ signal }): Promise<Tagged<R>> => kind.api.get(id, signal),
  });
}

/** One record with the ETag that its next change names. */
export const useRecord = <R extends BaseRecord, D extends BaseDraft, B>(
  kind: Kind<R, D, B>,
  id: string,
) => useQuery(recordQuery(kind, id));

/** Ask again for what shows records of a kind: lists and timelines. */
export function refreshLists(client: QueryClient, slug: Slug): void {
  void client.invalidateQueries({ queryKey: ["records", slug] });
  void client.invalidateQueries({ queryKey: ["timeline"] });
}

/** Return what to call with a record as the server has just answered it. */
export function useStored(slug: Slug) {
  const client = useQueryClient();
  return (stored: Tagged<BaseRecord>) => {
    client.setQueryData(["record", slug, stored.data.id], stored);
    refreshLists(client, slug);
  };
}
