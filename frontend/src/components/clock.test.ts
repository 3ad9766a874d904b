import { expect, test } from "vitest";
import { fromClock, toClock } from "./clock";

const SYDNEY = "Australia/Sydney";

test.each([
  ["2026-11-02T01:30:00Z", SYDNEY, "2026-11-02T12:30"],
  ["2026-06-30T23:05:00Z", SYDNEY, "2026-07-01T09:05"],
  ["2026-03-29T00:30:00Z", "Europe/Berlin", "2026-03-29T01:30"],
  ["2026-03-29T01:30:00Z", "Europe/Berlin", "2026-03-29T03:30"],
  ["2026-01-01T00:00:00Z", "Asia/Kolkata", "2026-01-01T05:30"],
  ["2026-01-01T00:00:00Z", "America/New_York", "2025-12-31T19:00"],
])("%s in %s is %s, and back", (moment, zone, clock) => {
  expect(toClock(moment, zone)).toBe(clock);
  expect(fromClock(clock, zone)).toBe(moment);
});

test("what is empty or not complete is no moment", () => {
  expect(toClock(null, SYDNEY)).toBe("");
  expect(fromClock("", SYDNEY)).toBeNull();
});
