import type { KeyboardEvent } from "react";

/** What the keys of the viewer do, by key; what is left out does nothing. */
export type KeyActions = Partial<
  Record<
    "ArrowLeft" | "ArrowRight" | "PageUp" | "PageDown" | "+" | "=" | "-" | "0" | "r" | "p" | "d",
    () => void
  >
>;

const FIELDS = "input, textarea, select, [contenteditable]";
const SIDEWAYS = 80; // pixels that Shift and an arrow move a large picture

/** One handler for the whole dialog; fields keep their keys. */
export function viewerKeys(actions: KeyActions) {
  const byKey = new Map<string, () => void>(Object.entries(actions));
  return (event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.target instanceof Element && event.target.matches(FIELDS)) return;
    if (event.shiftKey && event.key.startsWith("Arrow")) {
      if (event.key === "ArrowLeft")
        event.target instanceof Element && event.target.scrollBy(-SIDEWAYS, 0);
      if (event.key === "ArrowRight")
        event.target instanceof Element && event.target.scrollBy(SIDEWAYS, 0);
      return;
    }
    const act = byKey.get(event.key.length === 1 ? event.key.toLowerCase() : event.key);
    if (!act) return;
    event.preventDefault();
    act();
  };
}
