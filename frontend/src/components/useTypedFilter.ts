import { useDebouncedCallback } from "@mantine/hooks";
import { useEffect, useRef, useState } from "react";

const PAUSE = 300; // ms without a letter

/**
 * What somebody types into a filter that stands in the address.
 *
 * It is told when the typing pauses, without spare spaces; what comes back of it never changes what
 * is being typed. Back and links, which change the address without anybody typing, do.
 */
export function useTypedFilter(value: string, onChange: (value: string) => void) {
  const [text, setText] = useState(value);
  const written = useRef(value);
  const write = (typed: string) => {
    written.current = typed.trim();
    onChange(written.current);
  };
  const later = useDebouncedCallback(write, PAUSE);
  useEffect(() => {
    if (value === written.current) return;
    written.current = value;
    setText(value);
  }, [value]);
  return {
    text,
    type: (typed: string) => {
      setText(typed);
      later(typed);
    },
    /** Without waiting for a pause. */
    now: (typed: string) => {
      setText(typed);
      later.cancel();
      write(typed);
    },
  };
}
