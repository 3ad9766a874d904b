import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import type { Schema } from "@/api/types";
import { keys } from "./keys";

export type Action = "retry" | "cancel" | "wasSent" | "sendAgain";

/** What people do with a message that has not gone its way by itself. */
export function useMessageActions(conversationId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, action }: { id: string; action: Action }) => unwrap(carryOut(id, action)),
    // Also after a refusal: then it is in another state than the page has shown.
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: keys.thread(conversationId) }),
        client.invalidateQueries({ queryKey: ["conversations", "list"] }),
      ]),
  });
}

type Answer = Promise<{ data?: Schema<"Message">; error?: unknown; response: Response }>;

function carryOut(id: string, action: Action): Answer {
  const params = { path: { id } };
  switch (action) {
    case "retry":
      return api.POST("/api/v1/messages/{id}/retry", { params });
    case "cancel":
      return api.POST("/api/v1/messages/{id}/cancel", { params });
    case "wasSent":
    case "sendAgain":
      return api.POST("/api/v1/messages/{id}/settle", {
        params,
        body: { was_sent: action === "wasSent" },
      });
  }
}
