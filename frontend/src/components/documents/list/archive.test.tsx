import { act, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Schema } from "@/api/types";
import { renderPage, someone } from "@/test/render";
import { at, server } from "@/test/server";
import { useArchive } from "./useArchive";

const ARCHIVE: Schema<"ArchiveFile"> = {
  id: "01931f6e-0000-7000-8000-0000000000cc",
  kind: "zip",
  state: "making",
  job: "01931f6e-0000-7000-8000-0000000000dd",
  documents: 812,
  complete: false,
  size: null,
  sha256: "",
  created_at: "2026-11-02T01:30:00Z",
  expires_at: null,
  download: null,
};
const DOWNLOAD = `/api/v1/archives/${ARCHIVE.id}/download`;
const READY = { ...ARCHIVE, state: "ready", complete: true, download: DOWNLOAD };
const ASKED = at(`/api/v1/archives/${ARCHIVE.id}`);
let saved: string[] = [];

function note(event: Event) {
  if (!(event.target instanceof HTMLAnchorElement)) return;
  event.preventDefault();
  saved.push(`${event.target.getAttribute("href")} as ${event.target.download}`);
}

beforeEach(() => {
  saved = [];
  document.addEventListener("click", note);
  URL.createObjectURL = vi.fn(() => "blob:zip");
  URL.revokeObjectURL = vi.fn();
});
afterEach(() => {
  vi.useRealTimers();
  document.removeEventListener("click", note);
});

function Page() {
  const { start, status } = useArchive();
  return (
    <button type="button" onClick={() => void start({ ids: ["one", "two"] })}>
      {status}
    </button>
  );
}

const ordered = (status: number, body: object) =>
  server.use(http.post(at("/api/v1/files/archive"), () => HttpResponse.json(body, { status })));

/** Somebody who may not look at jobs. */
const NOBODY = { me: someone({ abilities: ["documents.view"] }) };

test("a small ZIP comes at once, under the server's name, once for a double click", async () => {
  let asked = 0;
  server.use(
    http.post(at("/api/v1/files/archive"), async ({ request }) => {
      asked += 1;
      expect(await request.json()).toEqual({ ids: ["one", "two"] });
      const name = 'attachment; filename="documents-2026-11-22.zip"';
      return new HttpResponse("PK", {
        headers: { "Content-Disposition": name, "Content-Type": "application/zip" },
      });
    }),
  );
  renderPage(<Page />);
  await userEvent.dblClick(await screen.findByText("idle"));
  expect(await screen.findByText("The ZIP is there.")).toBeVisible();
  expect(saved).toEqual(["blob:zip as documents-2026-11-22.zip"]);
  expect(asked).toBe(1);
});

test("a large one is made by a job: asked for again with pauses, then saved", async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  ordered(202, ARCHIVE);
  const answers = [ARCHIVE, ARCHIVE, READY];
  const times: number[] = [];
  server.use(
    http.get(ASKED, () => {
      times.push(Date.now());
      return HttpResponse.json(answers[times.length - 1] ?? READY);
    }),
    http.get(at(`/api/v1/jobs/${ARCHIVE.job}`), () =>
      HttpResponse.json({ counts: { total: 812, done: 400, skipped: 0, failed: 0 } }),
    ),
    http.head(at(DOWNLOAD), () => new HttpResponse(null, { status: 200 })),
  );
  const begun = Date.now();
  renderPage(<Page />);
  const user = userEvent.setup({ advanceTimers: vi.advanceTimersByTime });
  await user.click(await screen.findByText("idle"));
  expect(await screen.findByText(/400 of 812 documents/)).toBeVisible();
  for (const wait of [1_000, 2_000, 4_000]) {
    const before = times.length;
    await act(() => vi.advanceTimersByTimeAsync(wait));
    await waitFor(() => expect(times).toHaveLength(before + 1));
  }
  await waitFor(() => expect(saved).toEqual([`${DOWNLOAD} as `]));
  expect(await screen.findByText("The ZIP is there.")).toBeVisible();
  expect((times[2] ?? 0) - begun).toBeGreaterThanOrEqual(7_000);
});

test("a fault on the way is passed over; a job that failed is told", async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  ordered(202, ARCHIVE);
  let asked = 0;
  server.use(
    http.get(ASKED, () => {
      asked += 1;
      if (asked === 1) return HttpResponse.error();
      return HttpResponse.json({ ...ARCHIVE, state: "failed" });
    }),
  );
  renderPage(<Page />, NOBODY);
  const user = userEvent.setup({ advanceTimers: vi.advanceTimersByTime });
  await user.click(await screen.findByText("idle"));
  expect(await screen.findByText(/The ZIP of 812 documents is being made/)).toBeVisible();
  await act(() => vi.advanceTimersByTimeAsync(1_000));
  await waitFor(() => expect(asked).toBe(1));
  await act(() => vi.advanceTimersByTimeAsync(2_000));
  expect(await screen.findByText("The ZIP could not be made. Try again.")).toBeVisible();
  expect(saved).toEqual([]);
});

test("one that lacks something says so", async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  ordered(202, ARCHIVE);
  server.use(
    http.get(ASKED, () => HttpResponse.json({ ...READY, complete: false })),
    http.head(at(DOWNLOAD), () => new HttpResponse(null, { status: 200 })),
  );
  renderPage(<Page />, NOBODY);
  const user = userEvent.setup({ advanceTimers: vi.advanceTimersByTime });
  await user.click(await screen.findByText("idle"));
  expect(await screen.findByText(/is being made/)).toBeVisible();
  await act(() => vi.advanceTimersByTimeAsync(1_000));
  expect(await screen.findByText(/something is missing in it/)).toBeVisible();
});

test.each([
  [404, "", /is not there any more/],
  [422, "The archive would have 60,000 files.", /60,000 files/],
  [503, "The store is away.", /The store is away/],
])("%i is told in words, and it can be asked for again", async (status, detail, words) => {
  ordered(status, { detail });
  renderPage(<Page />);
  await userEvent.click(await screen.findByText("idle"));
  expect(await screen.findByText(words)).toBeVisible();
  expect(screen.getByText("error")).toBeEnabled();
  expect(saved).toEqual([]);
});
