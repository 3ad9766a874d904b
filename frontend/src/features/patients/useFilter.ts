import { useCallback, useMemo } from "react";
import { useSearchParams } from "react-router";
import { type Filter, filterOf, queryOf } from "./filter";

/** The filter in the address, and how to change it; each change begins at the first page. */
export function useFilter() {
  const [query, setQuery] = useSearchParams();
  const filter = useMemo(() => filterOf(query), [query]);
  const change = useCallback(
    (part: Partial<Filter>, options?: { replace?: boolean }) =>
      setQuery((now) => queryOf({ ...filterOf(now), cursor: "", ...part }), options),
    [setQuery],
  );
  return { filter, change };
}
