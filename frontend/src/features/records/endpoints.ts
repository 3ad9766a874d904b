import type { paths } from "@/api/schema";
import type { Query, Slug } from "./kind";

type QueryOf<S extends Slug> = NonNullable<paths[`/api/v1/${S}`]["get"]["parameters"]["query"]>;

/** What a list is asked for; filters are texts of the address, which the server checks. */
export const listing = <S extends Slug>(_slug: S, query: Query, signal?: AbortSignal) => ({
  params: { query: query as QueryOf<S> },
  ...(signal ? { signal } : {}),
});

/** Which record, and who may call the question off. */
export const one = (id: string, signal?: AbortSignal) => ({
  params: { path: { id } },
  ...(signal ? { signal } : {}),
});

/** Where a change goes, and which state of the record it was made from. */
export const state = (id: string, etag: string) => ({
  params: { path: { id }, header: { "If-Match": etag } },
});
