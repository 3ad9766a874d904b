import type { components } from "./schema";

type Schemas = components["schemas"];

export type Me = Schemas["Me"];
export type Document = Schemas["Document"];
export type Policy = Schemas["Policy"];
export type Patient = Schemas["Patient"];
/** Any other one by its name in the API's description. */
export type Schema<Name extends keyof Schemas> = Schemas[Name];

/** A page of a list: follow `next` until it is null. */
export type Page<T> = { next: string | null; previous: string | null; results: T[] };

/** Return all that a list has, page after page; `ask` puts the cursor into its query. */
export async function everyPage<T>(
  ask: (cursor: { cursor?: string }) => Promise<{ next?: string | null; results: T[] }>,
): Promise<T[]> {
  const all: T[] = [];
  let cursor: string | undefined;
  do {
    const page = await ask(cursor ? { cursor } : {});
    all.push(...page.results);
    cursor = cursorOf(page.next);
  } while (cursor);
  return all;
}

/** Return the `cursor` of the next page's address, for `initialPageParam` and its like. */
export function cursorOf(next: string | null | undefined): string | undefined {
  return next
    ? (new URL(next, window.location.origin).searchParams.get("cursor") ?? undefined)
    : undefined;
}
