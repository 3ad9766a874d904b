import { notifications } from "@mantine/notifications";
import {
  notifyManager,
  type QueryClient,
  queryOptions,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { api, unwrap } from "@/api/client";
import { csrfToken } from "@/api/csrf";
import { noteSeen } from "@/api/owner";
import { ApiError } from "@/api/problem";
import type { Me } from "@/api/types";
import { isHeld, leavePage } from "@/components/documents/leaving";

export const ME = ["me"] as const;

const people = new WeakMap<QueryClient, string>();

/** What was fetched, begun or said for one person is not for the next one in the same tab. */
function forgetOthers(client: QueryClient, id: string): void {
  const before = people.get(client);
  people.set(client, id);
  if (before === undefined || before === id) return;
  client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== ME[0] });
  client.getMutationCache().clear();
  window.sessionStorage.clear();
  notifications.clean();
  notifications.cleanQueue();
}

const meQuery = (client: QueryClient) =>
  queryOptions({
    queryKey: ME,
    queryFn: async ({ signal }): Promise<Me | null> => {
      const token = csrfToken();
      try {
        const me = await unwrap(api.GET("/api/v1/me", { signal }));
        forgetOthers(client, me.user.id);
        noteSeen(me.user.id, token);
        return me;
      } catch (error) {
        if (!(error instanceof ApiError) || ![401, 403].includes(error.status)) throw error;
        noteSeen(null, token);
        return null;
      }
    },
    staleTime: 60_000,
    // Whoever comes back from another tab may be signed out, or be somebody else, by now.
    refetchOnWindowFocus: "always",
  });

/** Ask who is signed in; null: nobody. */
export function useMe() {
  const client = useQueryClient();
  return useQuery(meQuery(client));
}

/** Ask anew who is signed in, whatever was known. */
export const lookAgain = (client: QueryClient): Promise<Me | null> =>
  client.fetchQuery({ ...meQuery(client), staleTime: 0 });

const Session = createContext<Me | null>(null);

export function SessionProvider({ me, children }: { me: Me; children: ReactNode }) {
  return <Session.Provider value={me}>{children}</Session.Provider>;
}

/** Return who is signed in; only below a SessionProvider, so that it is always somebody. */
export function useSession() {
  const me = useContext(Session);
  if (me === null) throw new Error("useSession needs a SessionProvider above it.");
  return {
    me,
    /** What the server would let them do; it decides again with each request. */
    can: (ability: string): boolean => me.abilities.includes(ability),
    isPatient: me.role === "patient",
  };
}

/** Who is signed in, as far as it is known here: in the admin's island nothing stands above. */
export function useMember(): Me | null {
  const given = useContext(Session);
  const client = useQueryClient();
  const known = useSyncExternalStore(
    // Later, as react-query itself does: it tells of what happens while something is drawn, too.
    (tell) => client.getQueryCache().subscribe(notifyManager.batchCalls(tell)),
    () => client.getQueryData<Me | null>(ME),
  );
  return given ?? known ?? null;
}

/** Sign out here: nothing of the one who left stays in memory. */
export function useSignOut() {
  const client = useQueryClient();
  const { t } = useTranslation();
  return async () => {
    // What is on its way would be cut off, before the browser could ask.
    if (isHeld() && !window.confirm(t("signOutAnyway"))) return;
    const done = await signOut().catch(() => false);
    if (!done) {
      notifications.show({ color: "red", message: t("signOutFailed") });
      return;
    }
    client.clear();
    window.sessionStorage.clear(); // messages that were begun
    leavePage("/app/sign-in");
  };
}

async function signOut(): Promise<boolean> {
  const response = await window.fetch("/_allauth/browser/v1/auth/session", {
    method: "DELETE",
    credentials: "same-origin",
    headers: { "X-CSRFToken": csrfToken() },
  });
  return response.ok || response.status === 401; // 401: allauth's way to say that nobody is left
}
