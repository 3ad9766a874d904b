import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";

const NEAR = 80; // pixels from an edge that count as being there

/** Ids of the first and the last message; `count` is for what comes between them. */
type Ends = { first: string; last: string; count: number };

/**
 * Where somebody is in a conversation: at its end they stay there when something new comes; further
 * up nothing moves under their eyes, neither for what is new nor for what is older.
 */
export function useScroll(
  box: RefObject<HTMLElement | null>,
  { first, last, count }: Ends,
  onTop: () => void,
  onEnd: (inSight: boolean) => void,
) {
  const [atEnd, setAtEnd] = useState(true);
  const before = useRef({ first: "", height: 0 });
  const staying = useRef(true);

  const toEnd = useCallback(() => {
    const one = box.current;
    staying.current = true;
    if (one) one.scrollTop = one.scrollHeight;
  }, [box]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: each new message moves it as well
  useLayoutEffect(() => {
    const one = box.current;
    if (!one) return;
    const older = before.current.first !== "" && before.current.first !== first;
    if (staying.current && !older) toEnd();
    else if (older) one.scrollTop += one.scrollHeight - before.current.height;
    before.current = { first, height: one.scrollHeight };
  }, [first, last, count, toEnd]);

  // The box gets lower when the reply below it grows, and wider with the window.
  useEffect(() => {
    const one = box.current;
    if (!one) return;
    const watch = new ResizeObserver(() => {
      if (staying.current) toEnd();
    });
    watch.observe(one);
    return () => watch.disconnect();
  }, [box, toEnd]);

  useEffect(() => onEnd(atEnd), [atEnd, onEnd]);

  const onScroll = () => {
    const one = box.current;
    if (!one) return;
    before.current.height = one.scrollHeight;
    staying.current = one.scrollHeight - one.scrollTop - one.clientHeight < NEAR;
    setAtEnd(staying.current);
    if (one.scrollTop < NEAR && one.scrollHeight > one.clientHeight) onTop();
  };

  return { atEnd, onScroll, toEnd };
}
