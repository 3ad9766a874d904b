import { useQuery } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";

/** What the clinicians of a list are called; asked for when wanted. */
export function useClinicians(enabled = true) {
  const query = useQuery({
    queryKey: ["clinicians"],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/v1/clinicians", { params: { query: { page_size: 200 } }, signal })),
    staleTime: 5 * 60_000,
    enabled,
  });
  const clinicians = query.data?.results ?? [];
  return {
    nameOf: (id: string | null | undefined): string =>
      clinicians.find((one) => one.id === id)?.name ?? "",
  };
}
