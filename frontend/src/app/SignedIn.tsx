import { Navigate, useLocation } from "react-router";
import { lazily } from "@/components/lazily";
import { ErrorState, LoadingState } from "@/components/states";
import { Shell } from "./Shell";
import { SessionProvider, useMe } from "./session";

// The clinic wants a second factor of its staff: the API answers nothing else until there is one.
const FactorWanted = lazily(async () => (await import("@/features/account/FactorWanted")).default);

/** Everything below is for somebody who is signed in; others sign in first and come back. */
export function SignedIn() {
  const me = useMe();
  const { pathname, search } = useLocation();
  if (me.data) {
    return (
      <SessionProvider key={me.data.user.id} me={me.data}>
        {me.data.second_factor_wanted ? <FactorWanted /> : <Shell />}
      </SessionProvider>
    );
  }
  if (me.data === null) {
    const next = pathname === "/" ? "" : `?next=${encodeURIComponent(pathname + search)}`;
    return <Navigate to={`/sign-in${next}`} replace />;
  }
  return me.isPending ? (
    <LoadingState />
  ) : (
    <ErrorState error={me.error} onRetry={() => void me.refetch()} />
  );
}
