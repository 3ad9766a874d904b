import { type FocusEvent, type RefObject, useEffect, useRef } from "react";

/**
 * Keep focus in a part of the page when the button that had it goes away with what it did.
 *
 * `state` is what changes then. Focus goes to `first`, or where that takes none, to the part itself.
 */
export function useKeptFocus(first: RefObject<HTMLElement | null>, state: string) {
  const part = useRef<HTMLDivElement>(null);
  const isInside = useRef(false);

  // biome-ignore lint/correctness/useExhaustiveDependencies: it looks each time that the state changes
  useEffect(() => {
    if (!isInside.current || document.activeElement !== document.body) return;
    first.current?.focus({ preventScroll: true });
    if (document.activeElement === document.body) part.current?.focus({ preventScroll: true });
  }, [first, state]);

  return {
    ref: part,
    tabIndex: -1,
    onFocus: () => {
      isInside.current = true;
    },
    // Without a related target the element was removed, or the window has lost the focus.
    onBlur: ({ relatedTarget, currentTarget }: FocusEvent) => {
      if (relatedTarget instanceof Node && !currentTarget.contains(relatedTarget))
        isInside.current = false;
    },
  };
}
