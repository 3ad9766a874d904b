import { useQuery } from "@tanstack/react-query";
import { api } from "@/api/client";
import { ApiError } from "@/api/problem";
import type { Schema } from "@/api/types";

type Health = Schema<"Health">;

const isHealth = (found: unknown): found is Health =>
  found !== null && typeof found === "object" && "database" in found && "status" in found;

/** Whether what the clinic's server needs works. 503 says so too: with the very same body. */
export function useHealth() {
  return useQuery({
    queryKey: ["health"],
    queryFn: async ({ signal }): Promise<Health> => {
      const { data, error, response } = await api.GET("/api/v1/health", { signal });
      const found: unknown = data ?? error;
      if (isHealth(found)) return found;
      throw new ApiError(response.status, {});
    },
    refetchInterval: 60_000,
  });
}
