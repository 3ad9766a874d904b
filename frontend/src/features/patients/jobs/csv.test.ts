import { expect, test } from "vitest";
import { csvOf } from "./csv";

test("cells that a spreadsheet would run are only text, and signs of CSV are quoted", () => {
  const rows = [
    ["Line", "Why"],
    ["2", '=HYPERLINK("x")'],
    ["3", "a, b\nc"],
    ["4", "-1"],
  ];
  expect(csvOf(rows)).toBe(
    '\uFEFFLine,Why\r\n2,"\'=HYPERLINK(""x"")"\r\n3,"a, b\nc"\r\n4,\'-1\r\n',
  );
});
