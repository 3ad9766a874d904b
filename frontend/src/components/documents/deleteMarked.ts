import { api, unwrap } from "@/api/client";
import type { Mark } from "./pending";
import { persistently } from "./upload/persistently";

/** What became of marked documents: the ids of those that are gone, and why others are not. */
export type Deleted = { ids: string[]; reasons: Map<string, string> };

/** Put marked documents into the trash, by one request that may be sent again. */
export async function deleteMarked(
  marks: Mark[],
  textOf: (error: unknown) => string,
): Promise<Deleted> {
  const ids = marks.map(({ document }) => document.id);
  if (ids.length === 0) return { ids: [], reasons: new Map() };
  const { signal } = new AbortController();
  try {
    const { results } = await persistently(
      () => unwrap(api.POST("/api/v1/files/bulk-delete", { body: { ids }, signal })),
      { signal },
    );
    // Not found: somebody else was faster, or we were, and the answer was lost.
    const refused = results.filter(({ state, code }) => state === null && code !== "not_found");
    const reasons = new Map(refused.map(({ id, detail }) => [id, detail]));
    return { ids: ids.filter((id) => !reasons.has(id)), reasons };
  } catch (error) {
    const reason = textOf(error);
    return { ids: [], reasons: new Map(ids.map((id) => [id, reason])) };
  }
}
