import { useQuery } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import { keys, POLL } from "./keys";

/** One conversation: whose it is, what is unread in it, whether its number wants messages. */
export function useConversation(id: string) {
  return useQuery({
    queryKey: keys.one(id),
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/v1/conversations/{id}", { params: { path: { id } }, signal })),
    refetchInterval: POLL,
  });
}
