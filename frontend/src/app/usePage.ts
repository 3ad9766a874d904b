import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { onRefused, ownPage } from "@/api/owner";
import type { Me } from "@/api/types";
import { isHeld } from "@/components/documents/leaving";
import { lookAgain, ME, useMe } from "./session";

/**
 * Whose page this is. `locked`: their session is over, and something on the page is not saved, so it
 * waits for them; `taken`: somebody else is signed in now; `left`: they gave up what is not saved.
 */
export type Page =
  | { status: "unknown" | "nobody" }
  | { status: "open" | "locked" | "taken" | "left"; owner: Me };

const UNKNOWN: Page = { status: "unknown" };
const NOBODY: Page = { status: "nobody" };

function next(page: Page, me: Me | null | undefined): Page {
  if (me === undefined || page.status === "taken" || page.status === "left") return page;
  if (!("owner" in page)) {
    if (me !== null) return { status: "open", owner: me };
    return page.status === "nobody" ? page : NOBODY;
  }
  if (me !== null) {
    if (me.user.id !== page.owner.user.id) return { ...page, status: "taken" };
    return page.status === "open" && page.owner === me ? page : { status: "open", owner: me };
  }
  if (page.status === "locked") return page;
  return isHeld() ? { ...page, status: "locked" } : NOBODY;
}

/** Follow who is signed in, so that what is not saved outlives the session, and serves nobody else. */
export function usePage() {
  const client = useQueryClient();
  const me = useMe();
  const [before, turn] = useState<Page>(UNKNOWN);
  const page = next(before, me.data);
  if (page !== before) turn(page);

  const ownerId = "owner" in page ? page.owner.user.id : null;
  useEffect(
    () => (ownerId === null ? undefined : ownPage(ownerId, () => lookAgain(client))),
    [client, ownerId],
  );

  // Any request may be the first to learn that the session is over.
  useEffect(
    () =>
      onRefused(() => {
        if (client.getQueryData(ME))
          void client.refetchQueries({ queryKey: ME }, { cancelRefetch: false });
      }),
    [client],
  );

  // They may have signed in in another tab, or in another window, which hides this one never.
  const locked = page.status === "locked";
  useEffect(() => {
    if (!locked) return;
    const look = () => void client.refetchQueries({ queryKey: ME }, { cancelRefetch: false });
    window.addEventListener("focus", look);
    return () => window.removeEventListener("focus", look);
  }, [client, locked]);

  // What could not be had meanwhile is asked for again.
  const wasLocked = useRef(false);
  useEffect(() => {
    if (wasLocked.current && page.status === "open")
      void client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== ME[0] });
    wasLocked.current = locked;
  }, [client, page.status, locked]);

  return {
    page,
    me,
    leave: () => {
      if ("owner" in page) turn({ ...page, status: "left" });
    },
  };
}
