import { Suspense } from "react";
import { lazily } from "./lazily";
import { Boundary } from "./states/Boundary";

const Notifications = lazily(async () => (await import("./Notifications")).Notifications);

/** The short notices in a corner. What is shown before they have been fetched is kept by their store. */
export function Notices() {
  return (
    <Boundary>
      <Suspense>
        <Notifications position="bottom-right" />
      </Suspense>
    </Boundary>
  );
}
