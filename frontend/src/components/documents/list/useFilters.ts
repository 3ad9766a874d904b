import { useEffect, useMemo, useState } from "react";
import { type Filters, isFiltered, NO_FILTERS, type SortName } from "./types";

const PAUSE = 300; // ms after the last letter until the server is asked

/** What was chosen, and what the server is asked for: the same but for letters still being typed. */
export function useFilters() {
  const [filters, setFilters] = useState(NO_FILTERS);
  const search = usePaused(filters.search);
  const turned = Boolean(filters.from && filters.to && filters.to < filters.from);
  const asked = useMemo<Filters>(
    () => ({ ...filters, search: search.trim(), ...(turned && { from: "", to: "" }) }),
    [filters, search, turned],
  );
  return {
    filters,
    asked,
    /** The two dates stand the wrong way round: they are not asked for. */
    turned,
    filtered: isFiltered(filters),
    set: (over: Partial<Filters>) => setFilters((before) => ({ ...before, ...over })),
    clear: () => setFilters(({ sort }) => ({ ...NO_FILTERS, sort })),
    /** Sort by a column; the same one again turns it round. */
    sortBy: (name: SortName) =>
      setFilters((before) => ({ ...before, sort: before.sort === name ? `-${name}` : name })),
  };
}

/** The text after a pause in typing. Clearing needs none, and what was there before is forgotten. */
function usePaused(text: string): string {
  const [typed, setTyped] = useState("");
  useEffect(() => {
    if (text === "") setTyped("");
    const timer = window.setTimeout(() => setTyped(text), PAUSE);
    return () => window.clearTimeout(timer);
  }, [text]);
  return text === "" ? "" : typed;
}

export type FilterState = ReturnType<typeof useFilters>;
