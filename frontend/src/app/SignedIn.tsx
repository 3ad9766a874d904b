import { useEffect } from "react";
import { Navigate, useLocation } from "react-router";
import { leavePage } from "@/components/documents/leaving";
import { lazily } from "@/components/lazily";
import { ErrorState, LoadingState } from "@/components/states";
import { Locked } from "./Locked";
import { Shell } from "./Shell";
import { SessionProvider } from "./session";
import { usePage } from "./usePage";

// The clinic wants a second factor of its staff: the API answers nothing else until there is one.
const FactorWanted = lazily(async () => (await import("@/features/account/FactorWanted")).default);

/** Everything below is for somebody who is signed in; others sign in first and come back. */
export function SignedIn() {
  const { page, me, leave } = usePage();
  const { pathname, search } = useLocation();
  const next = pathname === "/" ? "" : `?next=${encodeURIComponent(pathname + search)}`;
  switch (page.status) {
    case "open":
    case "locked":
      return (
        <SessionProvider key={page.owner.user.id} me={page.owner}>
          {page.owner.second_factor_wanted ? <FactorWanted /> : <Shell />}
          {page.status === "locked" && <Locked owner={page.owner} onLeave={leave} />}
        </SessionProvider>
      );
    case "taken":
      return <StartAnew at="/app/" />;
    case "left":
      return <StartAnew at={`/app/sign-in${next}`} />;
    case "nobody":
      return <Navigate to={`/sign-in${next}`} replace />;
    case "unknown":
      return me.isPending ? (
        <LoadingState />
      ) : (
        <ErrorState error={me.error} onRetry={() => void me.refetch()} />
      );
  }
}

/** Load the app anew: nothing of whoever was here stays in memory, and nothing of theirs goes on. */
function StartAnew({ at }: { at: string }) {
  // biome-ignore lint/correctness/useExhaustiveDependencies: once
  useEffect(() => leavePage(at), []);
  return <LoadingState />;
}
