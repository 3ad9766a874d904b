import { expect, test } from "vitest";
import { countSegments } from "./segments";

test.each([
  ["", 0, 160, false],
  ["Hello", 1, 155, false],
  ["  Hello \r\n", 1, 155, false],
  ["a".repeat(160), 1, 0, false],
  ["a".repeat(161), 2, 145, false],
  ["€".repeat(80), 1, 0, false],
  ["€".repeat(81), 2, 143, false],
  // 153 places: the 77th sign of two places does not fit any more and begins the next one.
  ["€".repeat(154), 3, 149, false],
  ["“Hello”", 1, 63, true],
  ["ж".repeat(70), 1, 0, true],
  ["ж".repeat(71), 2, 63, true],
  ["😀".repeat(35), 1, 0, true],
  ["😀".repeat(36), 2, 61, true],
])("%j is %i messages with %i places left", (text, segments, left, special) => {
  expect(countSegments(text)).toMatchObject({ segments, left, special });
});

test("a letter of two halves is one character of the 1,600", () => {
  expect(countSegments("😀😀").length).toBe(2);
});
