import { useEffect, useRef } from "react";

// The dialogs that are open, the uppermost last; and the presses that have closed one.
const open: object[] = [];
const spent = new WeakSet<Event>();

/** Call `onClose` at Escape, if no dialog was opened after this one: one press closes one. */
export function useEscape(opened: boolean, onClose: () => void): void {
  const close = useRef(onClose);
  useEffect(() => {
    close.current = onClose;
  });
  useEffect(() => {
    if (!opened) return;
    const me = {};
    open.push(me);
    const listen = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || event.isComposing || spent.has(event)) return;
      if (open.at(-1) !== me || isOthers(event.target)) return;
      spent.add(event);
      close.current();
    };
    // While it comes down: an open list inside of the dialog closes itself on its way up.
    window.addEventListener("keydown", listen, { capture: true });
    return () => {
      window.removeEventListener("keydown", listen, { capture: true });
      open.splice(open.indexOf(me), 1);
    };
  }, [opened]);
}

/** Whether the press belongs to something in the dialog: Mantine marks fields with an open list. */
const isOthers = (target: EventTarget | null): boolean =>
  target instanceof Element && target.getAttribute("data-mantine-stop-propagation") === "true";
