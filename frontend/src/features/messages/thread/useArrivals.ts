import { useEffect, useRef, useState } from "react";
import type { ThreadMessage } from "../data/order";

/** Return how many messages have come in since `seen` was last true; none when it is opened. */
export function useArrivals(messages: readonly ThreadMessage[], seen: boolean): number {
  const [arrived, setArrived] = useState(0);
  const newest = useRef<string | null>(null);
  useEffect(() => {
    const inbound = messages.filter((one) => one.direction === "inbound");
    const last = inbound.at(-1)?.id ?? "";
    const before = newest.current;
    newest.current = last;
    if (before === null || before === last) return;
    const place = inbound.findIndex((one) => one.id === before);
    setArrived((number) => number + inbound.length - 1 - place);
  }, [messages]);
  useEffect(() => {
    if (seen) setArrived(0);
  }, [seen]);
  return arrived;
}
