import { act, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { violations } from "@/test/axe";
import { renderPage, someone } from "@/test/render";
import { at, server } from "@/test/server";
import { idOf, pageOf } from "../testing";
import { JobView } from "./JobView";
import type { Job } from "./job";
import { job } from "./testing";

const JOB = at(`/api/v1/jobs/${idOf(77)}`);
let now: Job = job();
let asked = 0;

beforeEach(() => {
  now = job();
  asked = 0;
  server.use(
    http.get(JOB, () => {
      asked += 1;
      return HttpResponse.json(now);
    }),
    http.get(`${JOB}/failures`, ({ request }) =>
      HttpResponse.json(
        new URL(request.url).searchParams.get("cursor") === "two"
          ? pageOf([failure(2)])
          : pageOf([failure(1)], `${JOB}/failures?cursor=two`),
      ),
    ),
  );
});
afterEach(() => vi.useRealTimers());

const failure = (id: number) => ({
  id,
  source_id: `line ${id + 1}`,
  code: "invalid",
  detail: `E-mail ${id}: Enter a valid email address.`,
  remedy: "Mend the row.",
  attempts: 1,
  updated_at: "2026-11-21T00:05:12Z",
});

test("it says how far it is, and axe finds nothing", async () => {
  const { container } = renderPage(<JobView id={idOf(77)} />);
  expect(await screen.findByText("50 of 200 rows")).toBeVisible();
  expect(screen.getByRole("progressbar")).toHaveAttribute("aria-valuenow", "25");
  expect(await screen.findByText(/E-mail 1: Enter a valid/)).toBeVisible();
  expect(await violations(container)).toEqual([]);
});

test("it is asked again while it is at work, not afterwards, and not by a page that is left", async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  const view = renderPage(<JobView id={idOf(77)} />);
  await screen.findByText("50 of 200 rows");
  now = job({ counts: { total: 200, done: 100, skipped: 0, failed: 0 } });
  await act(() => vi.advanceTimersByTimeAsync(1_600));
  await screen.findByText("100 of 200 rows");
  now = job({ state: "succeeded", counts: { total: 200, done: 200, skipped: 0, failed: 0 } });
  await act(() => vi.advanceTimersByTimeAsync(1_600));
  expect(await screen.findByText("Done")).toBeVisible();
  const before = asked;
  await act(() => vi.advanceTimersByTimeAsync(10_000));
  expect(asked).toBe(before);
  view.unmount();

  now = job();
  const left = renderPage(<JobView id={idOf(77)} />);
  await screen.findByText("50 of 200 rows");
  left.unmount();
  const then = asked;
  await act(() => vi.advanceTimersByTimeAsync(10_000));
  expect(asked).toBe(then);
});

test("it can be paused, and stopped for good after a question", async () => {
  const wishes: string[] = [];
  server.use(
    http.post(`${JOB}/:wish`, ({ params }) => {
      wishes.push(String(params.wish));
      now = job({ state: params.wish === "pause" ? "paused" : "cancelled" });
      return HttpResponse.json(now);
    }),
  );
  renderPage(<JobView id={idOf(77)} />);
  await userEvent.dblClick(await screen.findByRole("button", { name: "Pause" }));
  expect(await screen.findByText("Paused")).toBeVisible();
  expect(screen.getByRole("button", { name: "Go on" })).toBeEnabled();
  await userEvent.click(screen.getByRole("button", { name: "Stop for good" }));
  const dialog = await screen.findByRole("dialog");
  expect(await violations()).toEqual([]);
  await userEvent.click(within(dialog).getByRole("button", { name: "Stop for good" }));
  expect(await screen.findByText("Stopped")).toBeVisible();
  expect(wishes).toEqual(["pause", "cancel"]);
});

test("who may only watch is offered no buttons", async () => {
  const me = someone({ role: "provider", abilities: ["patients.add", "jobs.own"] });
  renderPage(<JobView id={idOf(77)} />, { me });
  await screen.findByText("50 of 200 rows");
  expect(screen.queryByRole("button", { name: "Pause" })).toBeNull();
});

test("the refused rows are saved as a file, all pages of them", async () => {
  const blobs: Blob[] = [];
  const original = { create: URL.createObjectURL, revoke: URL.revokeObjectURL };
  URL.createObjectURL = (blob: Blob) => {
    blobs.push(blob);
    return "blob:it";
  };
  URL.revokeObjectURL = () => {};
  vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(() => {});
  renderPage(<JobView id={idOf(77)} />);
  await userEvent.click(await screen.findByRole("button", { name: "Download the list" }));
  await waitFor(() => expect(blobs).toHaveLength(1));
  const text = await blobs[0]?.text();
  expect(text).toContain("2,E-mail 1: Enter a valid email address.,Mend the row.");
  expect(text).toContain("3,E-mail 2: Enter a valid email address.,Mend the row.");
  URL.createObjectURL = original.create;
  URL.revokeObjectURL = original.revoke;
});

test("a job that is not there, or somebody else's, is said in words", async () => {
  server.use(http.get(JOB, () => HttpResponse.json({ code: "not_found" }, { status: 404 })));
  renderPage(<JobView id={idOf(77)} />);
  expect(await screen.findByRole("alert")).toHaveTextContent("There is no such import");
});
