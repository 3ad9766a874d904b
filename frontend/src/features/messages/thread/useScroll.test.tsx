import { fireEvent, render, screen } from "@testing-library/react";
import { useRef } from "react";
import { expect, test, vi } from "vitest";
import { useScroll } from "./useScroll";

const ROW = 100;
const BOX = 300;

/** A box with rows of 100 pixels, of which three are seen. */
function Box({ ids, onTop }: { ids: string[]; onTop: () => void }) {
  const box = useRef<HTMLDivElement>(null);
  const ends = { first: ids[0] ?? "", last: ids.at(-1) ?? "", count: ids.length };
  const { atEnd, onScroll, toEnd } = useScroll(box, ends, onTop, () => undefined);
  return (
    <>
      <div ref={box} data-testid="box" data-rows={ids.length} onScroll={onScroll} />
      <button type="button" onClick={toEnd}>
        {atEnd ? "at the end" : "to the end"}
      </button>
    </>
  );
}

// jsdom draws nothing: heights are said here, and a box cannot be scrolled beyond them.
Object.defineProperties(HTMLElement.prototype, {
  scrollHeight: {
    configurable: true,
    get(this: HTMLElement) {
      return Number(this.dataset.rows ?? 0) * ROW;
    },
  },
  clientHeight: { configurable: true, get: () => BOX },
});

const scrollTo = (top: number) => {
  const box = screen.getByTestId("box");
  box.scrollTop = top;
  fireEvent.scroll(box);
};
const top = () => screen.getByTestId("box").scrollTop;

test("at the end it stays there; further up nothing moves under one's eyes", () => {
  const onTop = vi.fn();
  const { rerender } = render(<Box ids={["d", "e", "f", "g", "h"]} onTop={onTop} />);
  expect(top()).toBe(500); // the browser makes 200 of it
  rerender(<Box ids={["d", "e", "f", "g", "h", "i"]} onTop={onTop} />);
  expect(top()).toBe(600);

  scrollTo(100);
  expect(screen.getByRole("button", { name: "to the end" })).toBeVisible();
  rerender(<Box ids={["d", "e", "f", "g", "h", "i", "j"]} onTop={onTop} />);
  expect(top()).toBe(100);
  expect(onTop).not.toHaveBeenCalled();

  scrollTo(20);
  expect(onTop).toHaveBeenCalledOnce();
  rerender(<Box ids={["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"]} onTop={onTop} />);
  expect(top()).toBe(320); // the same message is where it was

  fireEvent.click(screen.getByRole("button"));
  expect(top()).toBe(1000);
});
