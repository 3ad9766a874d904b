import { useDocumentVisibility } from "@mantine/hooks";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { api, unwrap } from "@/api/client";
import type { Schema } from "@/api/types";
import { useSession } from "@/app/session";
import { keys } from "./keys";
import type { ThreadMessage } from "./order";

/**
 * Note as read what somebody has in sight: the page is looked at, and its end is on the screen.
 *
 * Only as far as was seen; what arrives in that moment stays unread. Who marks it as unread again
 * leaves it so until they open the conversation anew.
 */
export function useMarkRead(
  conversation: Schema<"Conversation">,
  messages: readonly ThreadMessage[],
  endInSight: boolean,
  /** When the conversation was looked at last: what failed is tried again with each look. */
  looked: number,
) {
  const client = useQueryClient();
  const { can } = useSession();
  const [kept, keep] = useState(false);
  const visible = useDocumentVisibility() === "visible";
  const marked = useRef("");
  const { id } = conversation;

  const done = (one: Schema<"Conversation">) => {
    client.setQueryData(keys.one(id), one);
    void client.invalidateQueries({ queryKey: ["conversations", "list"] });
    void client.invalidateQueries({ queryKey: keys.unread });
  };
  // One after the other, so that what somebody wanted last is what stays.
  const scope = { id: `read ${id}` };
  const read = useMutation({
    scope,
    mutationFn: (upTo: string) =>
      unwrap(
        api.POST("/api/v1/conversations/{id}/read", {
          params: { path: { id } },
          body: { up_to: upTo },
        }),
      ),
    onSuccess: done,
    // Noted again with the next look at the conversation.
    onError: () => {
      marked.current = "";
    },
  });
  const unread = useMutation({
    scope,
    mutationFn: () =>
      unwrap(api.POST("/api/v1/conversations/{id}/unread", { params: { path: { id } } })),
    onMutate: () => keep(true),
    onError: () => keep(false),
    onSuccess: (one) => {
      done(one);
      void client.invalidateQueries({ queryKey: keys.thread(id) });
    },
  });

  const last = messages.findLast((one) => one.direction === "inbound")?.id ?? "";
  const wanted =
    can("messages.change") && visible && endInSight && !kept && conversation.unread_count > 0;
  const { mutate } = read;
  // biome-ignore lint/correctness/useExhaustiveDependencies: each new look tries again
  useEffect(() => {
    if (!wanted || last === "" || marked.current === last) return;
    marked.current = last;
    mutate(last);
  }, [wanted, last, mutate, looked]);

  return { markUnread: unread, canMarkUnread: can("messages.change") && last !== "" && !kept };
}
