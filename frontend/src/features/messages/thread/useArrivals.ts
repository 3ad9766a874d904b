import { useEffect, useRef, useState } from "react";
import type { ThreadMessage } from "../data/order";

type Before = { first: string; inbound: ReadonlySet<string> };

/**
 * Return how many messages have come in since somebody came to the end, or went away from it; none
 * when it is opened.
 */
export function useArrivals(messages: readonly ThreadMessage[], seen: boolean): number {
  const [arrived, setArrived] = useState(0);
  const known = useRef<Before | null>(null);
  // First, so that what comes in at that very moment is counted.
  // biome-ignore lint/correctness/useExhaustiveDependencies: each way it is counted from nothing
  useEffect(() => setArrived(0), [seen]);
  useEffect(() => {
    const before = known.current;
    known.current = {
      first: messages[0]?.id ?? "",
      inbound: new Set(messages.filter(isInbound).map((one) => one.id)),
    };
    if (before === null) return;
    // What stands above what was there is older; it was only loaded now.
    const start = messages.findIndex((one) => one.id === before.first);
    const since = messages.slice(Math.max(0, start));
    const count = since.filter((one) => isInbound(one) && !before.inbound.has(one.id)).length;
    if (count > 0) setArrived((number) => number + count);
  }, [messages]);
  return arrived;
}

const isInbound = (one: ThreadMessage): boolean => one.direction === "inbound";
