import {
  defaultRangeExtractor,
  observeElementRect,
  type Rect,
  useVirtualizer,
  type Virtualizer,
} from "@tanstack/react-virtual";
import { type RefObject, useEffect, useLayoutEffect, useState } from "react";
import { useStable } from "./useStable";

const AROUND = 10; // rows above and below what is seen
const UNSEEN: Rect = { width: 900, height: 600 }; // of a list that is not laid out, as in a closed tab

function observeRect(
  instance: Virtualizer<HTMLDivElement, Element>,
  tell: (rect: Rect) => void,
): (() => void) | undefined {
  return observeElementRect(instance, (rect) => tell(rect.height > 0 ? rect : UNSEEN));
}

type Options = { box: RefObject<HTMLDivElement | null>; count: number; height: number };

/** Which rows are drawn, which of them has the focus, and how it moves. */
export function useRows({ box, count, height }: Options) {
  const [current, setCurrent] = useState(0);
  const [wanted, setWanted] = useState<number | null>(null); // to be focused once it is drawn
  const kept = Math.min(current, Math.max(0, count - 1));

  const virtual = useVirtualizer<HTMLDivElement, Element>({
    count,
    getScrollElement: () => box.current,
    estimateSize: () => height,
    overscan: AROUND,
    initialRect: UNSEEN,
    observeElementRect: observeRect,
    useFlushSync: false,
    // The row with the focus stays drawn: else the focus would be lost by scrolling.
    rangeExtractor: (range) => {
      const rows = defaultRangeExtractor(range);
      if (count === 0 || rows.includes(kept)) return rows;
      return [...rows, kept].sort((a, b) => a - b);
    },
  });

  // biome-ignore lint/correctness/useExhaustiveDependencies: another height moves every row
  useEffect(() => virtual.measure(), [virtual, height]);

  useLayoutEffect(() => {
    if (wanted === null) return;
    const row = box.current?.querySelector<HTMLElement>(`[data-index="${wanted}"]`);
    if (!row) return;
    row.focus({ preventScroll: true });
    setWanted(null);
  });

  const focusRow = useStable((index: number) => {
    if (count === 0) return;
    const to = Math.max(0, Math.min(count - 1, index));
    setCurrent(to);
    setWanted(to);
    virtual.scrollToIndex(to);
  });

  return {
    virtual,
    current: kept,
    setCurrent,
    focusRow,
    toTop: useStable(() => {
      setCurrent(0);
      virtual.scrollToOffset(0);
    }),
  };
}

export type Rows = ReturnType<typeof useRows>;
