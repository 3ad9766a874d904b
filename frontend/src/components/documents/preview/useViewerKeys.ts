import { useWindowEvent } from "@mantine/hooks";

/** What the keys of the viewer do, by key; what is left out does nothing. */
export type KeyActions = Partial<
  Record<
    "ArrowLeft" | "ArrowRight" | "PageUp" | "PageDown" | "+" | "=" | "-" | "0" | "r" | "p" | "d",
    () => void
  >
>;

const FIELDS = "input, textarea, select, [contenteditable]";
const SIDEWAYS = 80; // pixels that Shift and an arrow move a large picture

/**
 * Keys work wherever the focus is: what had it may have given way to the next picture.
 *
 * Fields keep their keys.
 */
export function useViewerKeys(actions: KeyActions) {
  useWindowEvent("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.defaultPrevented) return;
    const { target, key } = event;
    if (target instanceof Element && target.matches(FIELDS)) return;
    if (event.shiftKey && key.startsWith("Arrow")) {
      const by = key === "ArrowLeft" ? -SIDEWAYS : key === "ArrowRight" ? SIDEWAYS : 0;
      if (target instanceof Element) target.scrollBy(by, 0);
      return;
    }
    const act = new Map<string, () => void>(Object.entries(actions)).get(
      key.length === 1 ? key.toLowerCase() : key,
    );
    if (!act) return;
    event.preventDefault();
    act();
  });
}
