import { afterEach, beforeEach, expect, test } from "vitest";
import { png, withoutDrafts } from "../test/sending";
import { changeWritten, readWritten, type Target, WRITING, type Written } from "./drafts";
import { EMPTY } from "./kept";
import { moveDraft } from "./moveDraft";

beforeEach(withoutDrafts);
afterEach(withoutDrafts);

const ME = "u1";
const patient: Target = { kind: "patient", id: "p1" };
const first: Target = { kind: "conversation", id: "c1" };
const second: Target = { kind: "conversation", id: "c2" };
const attempt = { key: "k1", content: "x", draftId: "", uploaded: 0 };

const write = (target: Target, draft: Partial<Written["draft"]>, more: Partial<Written> = {}) =>
  changeWritten(ME, target, () => ({ draft: { ...EMPTY, ...draft }, ...more }));

test.each([
  ["text", { body: "Hello" }],
  ["a template", { templateId: "t1" }],
  ["a time", { scheduledAt: "2026-11-27T09:00" }],
  ["a try whose outcome nobody knows", { body: "Hello", attempt }],
])("%s goes along, and is kept over a reload there", (_, draft) => {
  write(patient, draft);
  moveDraft(ME, patient, first);
  expect(readWritten(ME, first).draft).toEqual({ ...EMPTY, ...draft });
  expect(readWritten(ME, patient).draft).toEqual(EMPTY);
  expect(window.sessionStorage).toHaveLength(1);
});

test("pictures go along without a text, and so does what is wrong", () => {
  const pictures = [{ id: "1", file: png() }];
  const state = { step: "failed", error: new Error() } as const;
  write(first, {}, { pictures, state });
  moveDraft(ME, first, second);
  expect(readWritten(ME, second)).toEqual({ draft: EMPTY, pictures, state });
  expect(readWritten(ME, first)).toEqual({ draft: EMPTY, pictures: [], state: WRITING });
});

test("of two that were begun nothing is dropped, and the draft says so", () => {
  const one = { id: "1", file: png("a.png") };
  const two = { id: "2", file: png("b.png") };
  write(first, { body: "Theirs", templateId: "t1" }, { pictures: [one] });
  write(second, { body: "Hers", scheduledAt: "2026-11-27T09:00" }, { pictures: [two] });
  moveDraft(ME, first, second);
  const { draft, pictures } = readWritten(ME, second);
  expect(draft).toMatchObject({
    body: "Hers\n\nTheirs",
    templateId: "t1",
    scheduledAt: "2026-11-27T09:00",
    joined: true,
  });
  expect(pictures).toEqual([two, one]);
});

test("what is empty changes nothing, and nobody else's is touched", () => {
  write(second, { body: "Hers" });
  moveDraft(ME, first, second);
  moveDraft("u2", second, first);
  expect(readWritten(ME, second).draft).toEqual({ ...EMPTY, body: "Hers" });
  moveDraft(ME, second, second);
  expect(readWritten(ME, second).draft.body).toBe("Hers");
});

test("what is being sent stays where it is", () => {
  write(first, { body: "Hello" }, { state: { step: "sending", place: 0 } });
  moveDraft(ME, first, second);
  expect(readWritten(ME, first).draft.body).toBe("Hello");
  expect(readWritten(ME, second).draft).toEqual(EMPTY);
});
