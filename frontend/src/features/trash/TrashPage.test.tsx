import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { expect, test } from "vitest";
import { aDocument } from "@/components/documents/testing";
import { violations } from "@/test/axe";
import { renderPage, someone } from "@/test/render";
import { at, server } from "@/test/server";
import TrashPage from "./TrashPage";

const page = (results: unknown[], next: string | null = null) =>
  HttpResponse.json({ next, previous: null, results });

const zip = (over = {}) => ({
  id: "z1",
  kind: "zip",
  state: "ready",
  job: "j1",
  documents: 12,
  complete: true,
  size: 2_000_000,
  sha256: "",
  created_at: "2026-11-20T01:00:00Z",
  expires_at: "2026-11-21T01:00:00Z",
  download: "/api/v1/archives/z1/download",
  ...over,
});

test("what was deleted comes back where it can, and says why where not", async () => {
  const trashed = [1, 2].map((number) =>
    aDocument(number, { state: "trashed", purged_on: "2026-12-22" }),
  );
  server.use(
    http.get(at("/api/v1/files/trash"), () => page(trashed)),
    http.get(at("/api/v1/document-policies"), () => HttpResponse.json([])),
    http.post<never, { ids: string[] }>(at("/api/v1/files/bulk-restore"), async ({ request }) => {
      const [first, second] = (await request.json()).ids;
      const detail = "The record has 10 documents already.";
      const results = [
        { id: first, state: "available", code: "", detail: "" },
        { id: second, state: null, code: "too_many", detail },
      ];
      return HttpResponse.json({ done: 1, refused: 1, results });
    }),
  );
  const { container } = renderPage(<TrashPage />, { path: "/trash" });
  expect(await screen.findAllByText("22 Dec 2026")).toHaveLength(2); // when each is purged
  expect(await violations(container)).toEqual([]);
  await userEvent.click(screen.getByRole("button", { name: "Choose all loaded" }));
  await userEvent.click(screen.getByRole("button", { name: "Restore" }));
  const dialog = await screen.findByRole("dialog", { name: "Restore 2 documents?" });
  await userEvent.click(within(dialog).getByRole("button", { name: "Restore" }));
  expect(await screen.findByText(/10 documents already/)).toBeVisible();
  expect(screen.queryByText("scan-1.pdf")).toBeNull();
});

test("ZIPs say how far they are and until when they can be fetched", async () => {
  const rows = [
    zip(),
    zip({ id: "z2", state: "making", documents: 0, size: null, download: null, expires_at: null }),
    zip({ id: "z3", state: "failed", download: null }),
    zip({ id: "z4", state: "removed", kind: "patient_export", download: null }),
    zip({ id: "z5", state: "ready", complete: false, documents: 1 }),
  ];
  server.use(http.get(at("/api/v1/archives"), () => page(rows)));
  const { container } = renderPage(<TrashPage />, { path: "/trash?tab=zips" });
  const table = await screen.findByRole("table", { name: "ZIPs" });
  const [, ready, making, failed, removed, partial] = within(table).getAllByRole("row");
  expect(ready).toHaveTextContent("12 documents, 1.9 MB");
  expect(ready).toHaveTextContent("Ready until 21 Nov 2026, 12:00 pm"); // Sydney
  expect(within(table).getAllByRole("link")[0]).toHaveAttribute(
    "href",
    "/api/v1/archives/z1/download",
  );
  expect(making).toHaveTextContent("Being made");
  expect(failed).toHaveTextContent("Failed. Ask for it again.");
  expect(removed).toHaveTextContent("Everything of a patient");
  expect(removed).toHaveTextContent("No longer there");
  expect(partial).toHaveTextContent("Something was left out");
  expect(within(table).getAllByRole("link")).toHaveLength(2);
  expect(await violations(container)).toEqual([]);
});

test("the second tab stands in the address; an error can be tried again", async () => {
  let fails = true;
  server.use(
    http.get(at("/api/v1/files/trash"), () => page([])),
    http.get(at("/api/v1/document-policies"), () => HttpResponse.json([])),
    http.get(at("/api/v1/archives"), () =>
      fails ? HttpResponse.json({ title: "Broken" }, { status: 500 }) : page([]),
    ),
  );
  const { router } = renderPage(<TrashPage />, { path: "/trash" });
  await userEvent.click(await screen.findByRole("tab", { name: "ZIPs" }));
  await waitFor(() => expect(router.state.location.search).toBe("?tab=zips"));
  expect(await screen.findByRole("alert")).toHaveTextContent("Broken");
  fails = false;
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(await screen.findByText("No ZIP has been asked for.")).toBeVisible();
});

test("whoever may not restore does not see it", () => {
  renderPage(<TrashPage />, { me: someone({ role: "patient", abilities: ["documents.view"] }) });
  expect(screen.getByRole("alert")).toHaveTextContent("This is not open to you.");
});
