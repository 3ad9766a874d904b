import { useNotifications } from "@mantine/notifications";
import { Suspense, useEffect, useState } from "react";
import { lazily } from "./lazily";
import { Boundary } from "./states/Boundary";

const Notifications = lazily(async () => (await import("./Notifications")).Notifications);
const SOON = 5_000; // ms; the page itself comes first

/**
 * The short notices in a corner: fetched soon after the page, or when there is one, which their store
 * keeps meanwhile. Not only then: that the connection is gone is one of them.
 */
export function Notices() {
  const { notifications } = useNotifications();
  const [wanted, setWanted] = useState(false);
  if (!wanted && notifications.length > 0) setWanted(true);
  useEffect(() => {
    const timer = setTimeout(() => setWanted(true), SOON);
    return () => clearTimeout(timer);
  }, []);
  if (!wanted) return null;
  return (
    <Boundary>
      <Suspense>
        <Notifications position="bottom-right" />
      </Suspense>
    </Boundary>
  );
}
