import { useQuery } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { Schema } from "@/api/types";
import { useSession } from "@/app/session";
import { keys } from "./keys";

const EVERY = 30_000;
const NONE: Schema<"Unread"> = { messages: 0, conversations: 0, unmatched: 0 };

/** Return how much is unread and how much is of nobody yet; zero for whom it does not concern. */
export function useUnreadMessages(): Schema<"Unread"> {
  const { can } = useSession();
  const { data } = useQuery({
    queryKey: keys.unread,
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/conversations/unread", { signal })),
    refetchInterval: EVERY,
    enabled: can("messages.view"),
  });
  return data ?? NONE;
}
