import { expect, test } from "vitest";
import { policy } from "./fixtures/clinic";
import { narrowed } from "./policies";

test("a page may allow less than the clinic, and never more", () => {
  const rules = policy({ max_files: 10, max_size: 100 });
  const page = {
    extensions: [".pdf", ".exe"],
    operations: ["upload", "burn"],
    categories: ["report"],
    max_files: 20,
    max_size: 50,
  };
  expect(narrowed(rules, page)).toMatchObject({
    extensions: [".pdf"],
    operations: ["upload"],
    categories: ["report"],
    max_files: 10,
    max_size: 50,
  });
  expect(narrowed(policy({ max_files: null }), { max_files: 3 }).max_files).toBe(3);
  expect(narrowed(rules)).toEqual(rules);
});
