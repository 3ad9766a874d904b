import { expect, test } from "vitest";
import { RECORD } from "../fixtures/clinic";
import type { Target } from "./job";
import { forgetKey, isKept, keyFor } from "./keys";

const target: Target = { userId: "u1", entityType: "visits", entityId: RECORD };
const file = (name: string) => new File([name], name, { lastModified: 1 });

/** Leave no room for as much as one letter, as another script of the page may do. */
function fill() {
  for (let size = 4_000_000; size >= 1; size = Math.floor(size / 2)) {
    try {
      for (let count = 0; count < 20; count += 1)
        window.sessionStorage.setItem(`full ${size} ${count}`, "x".repeat(size));
    } catch {
      // Half of it may still have room.
    }
  }
}

test("a file has one key until its outcome is known, over a reload too", () => {
  const key = keyFor(target, file("a.txt"));
  expect(keyFor(target, file("a.txt"))).toBe(key);
  expect(window.sessionStorage.getItem("chartvault.uploads")).toContain(key);
  forgetKey(target, file("a.txt"));
  expect(isKept(target, file("a.txt"))).toBe(false);
  expect(keyFor(target, file("a.txt"))).not.toBe(key);
});

test("when the storage is full, a key that did not fit is kept all the same", () => {
  const first = keyFor(target, file("full-a.txt"));
  fill();
  const second = keyFor(target, file("full-b.txt"));
  expect(isKept(target, file("full-b.txt"))).toBe(true);
  expect(keyFor(target, file("full-b.txt"))).toBe(second);
  expect(keyFor(target, file("full-a.txt"))).toBe(first);
});

test("when the storage is full, what is known to be over does not come back", () => {
  const key = keyFor(target, file("over-a.txt"));
  fill();
  const other = keyFor(target, file("over-b.txt"));
  forgetKey(target, file("over-a.txt"));
  expect(isKept(target, file("over-a.txt"))).toBe(false);
  expect(keyFor(target, file("over-a.txt"))).not.toBe(key);
  expect(keyFor(target, file("over-b.txt"))).toBe(other);
});
