import type { Schema } from "@/api/types";

export type ThreadMessage = Schema<"ThreadMessage">;

/** Put messages into one list by time; of one that comes twice the later page is right. */
export function inOrder(pages: readonly (readonly ThreadMessage[])[]): ThreadMessage[] {
  const byId = new Map<string, ThreadMessage>();
  for (const page of pages) for (const one of page) byId.set(one.id, one);
  return [...byId.values()].sort(
    (a, b) => Date.parse(a.occurred_at) - Date.parse(b.occurred_at) || (a.id < b.id ? -1 : 1),
  );
}
