import type { QueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { createPortal } from "react-dom";
import { Providers } from "@/app/Providers";
import { SessionProvider } from "@/app/session";
import { usePage } from "@/app/usePage";
import { Boundary } from "@/components/states/Boundary";
import { useAdminColours } from "./colours";
import { renewToken } from "./form";
import { Island } from "./Island";
import type { Place } from "./places";

type Props = { client: QueryClient; places: readonly Place[] };

/** All managers of a page in one tree, so that they share what they know and what they announce. */
export function Islands({ client, places }: Props) {
  const colours = useAdminColours();
  return (
    <Providers client={client} forceColorScheme={colours}>
      <SignedIn places={places} />
    </Providers>
  );
}

/**
 * Nothing before it is known who is signed in, and nothing if that fails: the plain forms stay. Files
 * that wait outlive the session of whose they are; they are nothing for the next one.
 */
function SignedIn({ places }: Pick<Props, "places">) {
  const { page, me } = usePage();
  const [left, leave] = useState<readonly Place[]>([]);
  const { dataUpdatedAt } = me;
  // biome-ignore lint/correctness/useExhaustiveDependencies: each time the server has said who it is
  useEffect(() => {
    if (page.status === "open") for (const { form } of places) renewToken(form);
  }, [places, page.status, dataUpdatedAt]);
  if (page.status !== "open" && page.status !== "locked") return null;
  return (
    <SessionProvider key={page.owner.user.id} me={page.owner}>
      {places
        .filter((place) => !left.includes(place))
        .map((place) => {
          const giveBack = () => leave((before) => [...before, place]);
          return createPortal(
            <Boundary onError={giveBack}>
              <Island place={place} locked={page.status === "locked"} onLeave={giveBack} />
            </Boundary>,
            place.element,
            `${place.entityType} ${place.entityId}`,
          );
        })}
    </SessionProvider>
  );
}
