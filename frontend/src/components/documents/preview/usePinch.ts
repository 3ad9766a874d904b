import { type RefObject, useEffect } from "react";

/** Where something is held while its size changes, from the left upper corner of its frame. */
export type Hold = { x: number; y: number };
type OnScale = (by: number, hold: Hold) => void;

const apart = (touches: TouchList): number => {
  const [one, two] = [touches[0], touches[1]];
  return one && two ? Math.hypot(one.clientX - two.clientX, one.clientY - two.clientY) : 0;
};

/** Change the size by the wheel and by two fingers, and move by dragging with the mouse. */
export function usePinch(frame: RefObject<HTMLElement | null>, onScale: OnScale) {
  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    const off = new AbortController();
    // Not passive: the page must neither scroll nor grow meanwhile.
    const options = { passive: false, signal: off.signal };
    let before = 0;
    let held: { x: number; y: number } | null = null;

    const at = (x: number, y: number): Hold => {
      const { left, top } = element.getBoundingClientRect();
      return { x: x - left, y: y - top };
    };

    const onWheel = (event: WheelEvent) => {
      if (event.shiftKey) return; // sideways
      event.preventDefault();
      onScale(Math.exp(-event.deltaY * 0.002), at(event.clientX, event.clientY));
    };
    const onTouch = (event: TouchEvent) => {
      const now = apart(event.touches);
      if (now === 0) {
        before = 0;
        return;
      }
      event.preventDefault();
      const [one, two] = [event.touches[0], event.touches[1]];
      if (before > 0 && one && two) {
        onScale(now / before, at((one.clientX + two.clientX) / 2, (one.clientY + two.clientY) / 2));
      }
      before = now;
    };
    const onDown = (event: PointerEvent) => {
      if (event.pointerType !== "mouse" || event.button !== 0) return;
      held = { x: event.clientX, y: event.clientY };
      element.setPointerCapture(event.pointerId);
    };
    const onMove = (event: PointerEvent) => {
      if (!held) return;
      element.scrollBy(held.x - event.clientX, held.y - event.clientY);
      held = { x: event.clientX, y: event.clientY };
    };
    const onUp = () => {
      held = null;
    };
    element.addEventListener("wheel", onWheel, options);
    for (const name of ["touchstart", "touchmove", "touchend"] as const) {
      element.addEventListener(name, onTouch, options);
    }
    element.addEventListener("pointerdown", onDown, options);
    element.addEventListener("pointermove", onMove, options);
    for (const name of ["pointerup", "pointercancel"] as const) {
      element.addEventListener(name, onUp, options);
    }
    return () => off.abort();
  }, [frame, onScale]);
}
