import { useSearchParams } from "react-router";
import type { Filter, Query } from "../kind";

/** The filters of a list, kept in the address so that they can be linked and survive Back. */
export function useFilters(filters: Filter[], patientId?: string) {
  const [params, setParams] = useSearchParams();
  const names = patientId ? [] : ["patient"];
  for (const filter of filters) names.push(filter.name);
  const query: Query = patientId ? { patient: patientId } : {};
  const chosen = names.filter((name) => params.get(name));
  for (const name of chosen) query[name] = params.get(name) ?? "";

  const change = (values: Record<string, string>) =>
    setParams(
      (before) => {
        const after = new URLSearchParams(before);
        for (const [name, value] of Object.entries(values))
          if (value) after.set(name, value);
          else after.delete(name);
        return after;
      },
      { replace: true },
    );
  return {
    query,
    count: chosen.length,
    valueOf: (name: string) => params.get(name) ?? "",
    set: (name: string, value: string) => change({ [name]: value }),
    clear: () => change(Object.fromEntries(names.map((name) => [name, ""]))),
  };
}

export type Filters = ReturnType<typeof useFilters>;
