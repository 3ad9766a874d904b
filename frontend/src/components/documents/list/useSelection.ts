import { useMemo, useRef, useState } from "react";
import type { Document } from "@/api/types";
import { useStable } from "./useStable";

/** Which of the loaded documents are chosen. What has left the list is no longer chosen. */
export function useSelection(documents: readonly Document[]) {
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set());
  const anchor = useRef(0);
  const chosen = useMemo(() => documents.filter((one) => ids.has(one.id)), [documents, ids]);

  /** Turn one round; with `range` all from the one before it become as this one. */
  const toggle = useStable((index: number, range: boolean) => {
    const one = documents[index];
    if (!one) return;
    const on = !ids.has(one.id);
    const [from, to] = range ? [anchor.current, index].sort((a, b) => a - b) : [index, index];
    const next = new Set(ids);
    for (const { id } of documents.slice(from, (to ?? index) + 1)) {
      if (on) next.add(id);
      else next.delete(id);
    }
    anchor.current = index;
    setIds(next);
  });

  return {
    ids,
    chosen,
    toggle,
    chooseAll: () => setIds(new Set(documents.map((one) => one.id))),
    chooseNone: () => setIds(new Set()),
  };
}
