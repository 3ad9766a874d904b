import type { QueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { createPortal } from "react-dom";
import { Providers } from "@/app/Providers";
import { SessionProvider, useMe } from "@/app/session";
import { Boundary } from "@/components/states/Boundary";
import { useAdminColours } from "./colours";
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

/** Nothing before it is known who is signed in, and nothing if that fails: the plain forms stay. */
function SignedIn({ places }: Pick<Props, "places">) {
  const { data: me } = useMe();
  const [left, leave] = useState<readonly Place[]>([]);
  if (!me) return null;
  return (
    <SessionProvider me={me}>
      {places
        .filter((place) => !left.includes(place))
        .map((place) => {
          const giveBack = () => leave((before) => [...before, place]);
          return createPortal(
            <Boundary onError={giveBack}>
              <Island place={place} onLeave={giveBack} />
            </Boundary>,
            place.element,
            `${place.entityType} ${place.entityId}`,
          );
        })}
    </SessionProvider>
  );
}
