import { type RefObject, useEffect, useState } from "react";

/** How much room a list has: in a narrow dialog it looks as on a phone, whatever the screen is. */
export type Level = "table" | "lines" | "cards";

/** A fixed height for each, so that the place of every row is known without measuring. */
export const HEIGHTS: Record<Level, number> = { table: 60, lines: 84, cards: 140 };

const levelOf = (width: number): Level => {
  if (width === 0 || width >= 900) return "table"; // 0: not laid out (yet)
  return width >= 540 ? "lines" : "cards";
};

export function useLevel(box: RefObject<HTMLElement | null>): Level {
  const [level, setLevel] = useState<Level>("table");
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const look = () => setLevel(levelOf(element.clientWidth));
    look();
    const observer = new ResizeObserver(look);
    observer.observe(element);
    return () => observer.disconnect();
  }, [box]);
  return level;
}
