import { useCallback, useLayoutEffect, useRef } from "react";

/** A function that is always the same one and does what the latest does: rows need not be drawn anew. */
export function useStable<Args extends unknown[], Result>(latest: (...args: Args) => Result) {
  const ref = useRef(latest);
  useLayoutEffect(() => {
    ref.current = latest;
  });
  return useCallback((...args: Args): Result => ref.current(...args), []);
}
