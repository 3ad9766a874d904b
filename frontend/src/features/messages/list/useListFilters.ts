import { useDebouncedValue } from "@mantine/hooks";
import { useEffect, useRef, useState } from "react";
import { useSearchParams } from "react-router";
import type { ListFilters } from "../data/keys";

export type Shown = "all" | "unread" | "unmatched";

/** What the list shows, as the address says, so that it can be shared and gone back to. */
export function useListFilters() {
  const [params, setParams] = useSearchParams();
  const asked = params.get("search") ?? "";
  const [words, setWords] = useState(asked);
  const [settled] = useDebouncedValue(words.trim(), 300);

  // What the box has put into the address, or taken out of it.
  const known = useRef(asked);

  // biome-ignore lint/correctness/useExhaustiveDependencies: only what was typed changes the address
  useEffect(() => {
    if (settled === known.current) return;
    known.current = settled;
    setParams((now) => withValue(now, "search", settled), { replace: true });
  }, [settled]);
  // A link, or Back, has changed it.
  useEffect(() => {
    if (asked === known.current) return;
    known.current = asked;
    setWords(asked);
  }, [asked]);

  const filters: ListFilters = {
    unread: params.get("unread") === "1",
    unmatched: params.get("unmatched") === "1",
    search: asked,
    patient: params.get("patient") ?? "",
  };
  const shown: Shown = filters.unmatched ? "unmatched" : filters.unread ? "unread" : "all";
  return {
    filters,
    shown,
    words,
    setWords,
    show: (next: Shown) =>
      setParams(
        (now) => {
          const cleared = withValue(withValue(now, "unread", ""), "unmatched", "");
          return next === "all" ? cleared : withValue(cleared, next, "1");
        },
        { replace: true },
      ),
    forgetPatient: () => setParams((now) => withValue(now, "patient", "")),
    /** The rest of the address of each conversation in the list. */
    search: params.toString() ? `?${params}` : "",
  };
}

export type Filtered = ReturnType<typeof useListFilters>;

function withValue(params: URLSearchParams, name: string, value: string): URLSearchParams {
  const next = new URLSearchParams(params);
  if (value) next.set(name, value);
  else next.delete(name);
  return next;
}
