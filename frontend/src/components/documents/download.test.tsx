import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { afterEach, beforeEach, expect, test } from "vitest";
import { renderPage } from "@/test/render";
import { at, server } from "@/test/server";
import { useFileDownload } from "./download";
import { aDocument } from "./testing";

const DOCUMENT = aDocument(1);
let saved: string[] = [];

function note(event: Event) {
  if (!(event.target instanceof HTMLAnchorElement)) return;
  event.preventDefault(); // there are no pages to go to
  saved.push(`${event.target.getAttribute("href")} as ${event.target.download}`);
}

beforeEach(() => {
  saved = [];
  document.addEventListener("click", note);
});
afterEach(() => {
  document.removeEventListener("click", note);
});

function Page() {
  const { download, status } = useFileDownload();
  return (
    <button type="button" onClick={() => void download(DOCUMENT)}>
      {status[DOCUMENT.id] ?? "idle"}
    </button>
  );
}

test("what can be had is saved by the browser itself, once for a double click", async () => {
  let asked = 0;
  server.use(
    http.head(at(DOCUMENT.download_url), () => {
      asked += 1;
      return new HttpResponse(null, { status: 200 });
    }),
  );
  renderPage(<Page />);
  await userEvent.dblClick(await screen.findByText("idle"));
  expect(await screen.findByText("done")).toBeVisible();
  expect(saved).toEqual([`${DOCUMENT.download_url} as scan-1.pdf`]);
  expect(asked).toBe(1);
});

test.each([
  [403, /may not download/],
  [404, /not there any more/],
  [409, /not ready yet/],
  [503, /cannot be reached/],
  [500, /did not say why/],
])("%i is told in words, and no broken page is opened", async (status, words) => {
  server.use(http.head(at(DOCUMENT.download_url), () => new HttpResponse(null, { status })));
  renderPage(<Page />);
  await userEvent.click(await screen.findByText("idle"));
  expect(await screen.findByText("error")).toBeVisible();
  expect(await screen.findByText(words)).toBeVisible();
  expect(screen.getByText("“scan-1.pdf” was not downloaded")).toBeVisible();
  expect(saved).toEqual([]);
});

test("after a lost connection it can be tried again", async () => {
  server.use(
    http.head(at(DOCUMENT.download_url), () => HttpResponse.error(), { once: true }),
    http.head(at(DOCUMENT.download_url), () => new HttpResponse(null, { status: 200 })),
  );
  renderPage(<Page />);
  await userEvent.click(await screen.findByText("idle"));
  expect(await screen.findByText(/Check your connection/)).toBeVisible();
  await userEvent.click(screen.getByText("error"));
  await waitFor(() => expect(saved).toHaveLength(1));
});
