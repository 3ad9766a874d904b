import { describe, expect, test } from "vitest";
import {
  canPreview,
  categoryName,
  formatDate,
  formatDateTime,
  formatSize,
  kindOf,
  typeName,
} from "./files";
import { aDocument } from "./testing";

const SYDNEY = { locale: "en-AU", time_zone: "Australia/Sydney" };

test.each([
  [0, "0 B"],
  [1023, "1,023 B"],
  [1024, "1 KB"],
  [1536, "1.5 KB"],
  [10 * 1024 ** 2, "10 MB"],
  [1.25 * 1024 ** 3, "1.3 GB"],
])("%i bytes are %s", (bytes, text) => {
  expect(formatSize(bytes, "en-AU")).toBe(text);
});

describe("dates", () => {
  test("a day is the same day everywhere", () => {
    expect(formatDate("2026-11-22", SYDNEY)).toBe("22 Nov 2026");
    expect(formatDate("2026-11-22", { locale: "en-AU", time_zone: "America/New_York" })).toBe(
      "22 Nov 2026",
    );
  });

  test("a moment is told by the clinic's clock", () => {
    expect(formatDate("2026-11-21T23:30:00Z", SYDNEY)).toBe("22 Nov 2026");
    expect(formatDateTime("2026-11-21T23:30:00Z", SYDNEY)).toContain("10:30");
    expect(formatDate(null, SYDNEY)).toBe("");
  });
});

test("kinds, names of formats, and categories as words", () => {
  const xlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
  expect(kindOf({ file_type: xlsx })).toBe("sheet");
  expect(typeName({ file_type: xlsx })).toBe("XLSX");
  expect(kindOf({ file_type: "image/heic" })).toBe("picture");
  expect(typeName({ file_type: "image/heic" })).toBe("HEIC");
  expect(kindOf({ file_type: "application/x-unknown" })).toBe("other");
  expect(categoryName("test_order")).toBe("Test order");
});

test("there is something to look at only while the bytes are there", () => {
  expect(canPreview(aDocument(1))).toBe(true);
  expect(canPreview(aDocument(1, { state: "quarantined" }))).toBe(false);
  expect(canPreview(aDocument(1, { preview_url: null }))).toBe(false);
  expect(canPreview(aDocument(1, { preview_url: null, file_type: "text/csv" }))).toBe(true);
});
