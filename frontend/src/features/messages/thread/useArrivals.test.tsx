import { renderHook } from "@testing-library/react";
import { expect, test } from "vitest";
import { message } from "../test/data";
import { useArrivals } from "./useArrivals";

const show = (messages: ReturnType<typeof message>[], seen: boolean) =>
  renderHook(({ messages, seen }) => useArrivals(messages, seen), {
    initialProps: { messages, seen },
  });

test("what comes in is counted from where somebody went further up", () => {
  const list = [message(), message({ direction: "outbound" })];
  const { result, rerender } = show(list, true);
  expect(result.current).toBe(0);
  list.push(message());
  rerender({ messages: [...list], seen: true });
  expect(result.current).toBe(1); // said to who listens
  rerender({ messages: [...list], seen: false });
  expect(result.current).toBe(0); // that one was seen
  list.push(message(), message({ direction: "outbound" }), message());
  rerender({ messages: [...list], seen: false });
  expect(result.current).toBe(2);
  rerender({ messages: [...list], seen: true });
  expect(result.current).toBe(0);
});

test("what is older has not come in, also where nothing that came in was loaded before", () => {
  const older = [message(), message()];
  const later = [message({ direction: "outbound" })];
  const { result, rerender } = show(later, false);
  rerender({ messages: [...older, ...later], seen: false });
  expect(result.current).toBe(0);
  rerender({ messages: [...older, ...later, message()], seen: false });
  expect(result.current).toBe(1);
});

test("the first message of all has come in", () => {
  const { result, rerender } = show([], true);
  rerender({ messages: [message()], seen: true });
  expect(result.current).toBe(1);
});
