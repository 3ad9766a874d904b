import { act, fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { expect, test, vi } from "vitest";
import { Providers } from "@/app/Providers";
import { violations } from "@/test/axe";
import { makeTestClient, renderPage, someone } from "@/test/render";
import { at, server } from "@/test/server";
import { aDocument, documentsUpTo, PATIENT, pageOf } from "../testing";
import { FileList } from "./FileList";
import { ALL, answering, FILES, list, row, rows, withRules } from "./test/list";

withRules();

test("each document with its facts, in a grid that axe finds nothing wrong with", async () => {
  answering([aDocument(1, { category: "test_order" }), ...ALL.slice(1)]);
  const { container } = renderPage(list());
  const grid = await screen.findByRole("grid", { name: "Documents" });
  expect(grid).toHaveAttribute("aria-rowcount", "7");
  const first = row("scan-1.pdf");
  expect(first).toHaveAttribute("aria-rowindex", "2");
  for (const fact of ["PDF", "2 KB", "Test order", "31 Oct 2025", /22 Nov 2026/, /Scan number 1/]) {
    expect(within(first).getByText(fact)).toBeVisible();
  }
  expect(within(first).getByText("by Ada Admin")).toBeVisible();
  expect(screen.getByText("6 documents")).toBeVisible();
  expect(await violations(container)).toEqual([]);
});

test("headings sort on the server, and once more turns the order round", async () => {
  const asked = answering();
  renderPage(list());
  const name = await screen.findByRole("columnheader", { name: "Name" });
  expect(screen.getByRole("columnheader", { name: "Uploaded" })).toHaveAttribute(
    "aria-sort",
    "descending",
  );
  await userEvent.click(within(name).getByRole("button"));
  await waitFor(() => expect(name).toHaveAttribute("aria-sort", "ascending"));
  await userEvent.click(within(name).getByRole("button"));
  await waitFor(() =>
    expect(asked.map((one) => one.get("sort"))).toEqual(["-uploaded", "name", "-name"]),
  );
});

test("filters are the server's", async () => {
  const asked = answering();
  renderPage(list());
  await userEvent.click(await screen.findByRole("button", { name: "Filters" }));
  await userEvent.selectOptions(screen.getByLabelText("Category"), "Report");
  await userEvent.selectOptions(screen.getByLabelText("Type"), "PDF");
  fireEvent.change(screen.getByLabelText("From"), { target: { value: "2026-01-01" } });
  fireEvent.change(screen.getByLabelText("To"), { target: { value: "2025-12-31" } });
  expect(await screen.findByText("“To” is before “From”.")).toBeVisible();
  fireEvent.change(screen.getByLabelText("To"), { target: { value: "2026-12-31" } });
  await userEvent.selectOptions(screen.getByLabelText("Which date"), "Date of the document");
  await waitFor(() => {
    expect(Object.fromEntries(asked.at(-1) ?? [])).toEqual({
      sort: "-uploaded",
      page_size: "100",
      category: "report",
      file_type: "application/pdf",
      dated_after: "2026-01-01",
      dated_before: "2026-12-31",
    });
  });
  await userEvent.click(screen.getByRole("button", { name: "Clear all filters" }));
  expect(screen.getByLabelText("Category")).toHaveValue("");
});

test("a late answer to an old search is not shown, and its request is aborted", async () => {
  const asked: string[] = [];
  const aborted: string[] = [];
  server.use(
    http.get(FILES, async ({ request }) => {
      const search = new URL(request.url).searchParams.get("search") ?? "";
      asked.push(search);
      if (search === "old") {
        await new Promise((resolve) => request.signal.addEventListener("abort", resolve));
        aborted.push(search);
        return HttpResponse.error();
      }
      return HttpResponse.json(pageOf(search === "new" ? [aDocument(77)] : ALL));
    }),
  );
  renderPage(list());
  const field = await screen.findByRole("searchbox", { name: /Search in names/ });
  await userEvent.type(field, "old");
  await waitFor(() => expect(asked).toContain("old"));
  expect(screen.getByRole("grid")).toHaveAttribute("aria-busy", "true");
  field.focus();
  for (const value of ["", "n", "new"]) fireEvent.change(field, { target: { value } });
  expect(await screen.findByText("scan-77.pdf")).toBeVisible();
  await waitFor(() => expect(aborted).toEqual(["old"]));
  expect(asked.filter((one) => one === "old")).toHaveLength(1);
  expect(field).toHaveFocus();
});

test("letters that are typed quickly are one request", async () => {
  const asked = answering();
  renderPage(list());
  const field = await screen.findByRole("searchbox");
  for (const value of ["s", "sc", "scan-6"]) fireEvent.change(field, { target: { value } });
  await waitFor(() => expect(rows()).toHaveLength(1));
  expect(asked.map((one) => one.get("search"))).toEqual([null, "scan-6"]);
});

test("nothing at all, nothing that fits, forbidden, and an error that can be tried again", async () => {
  answering([]);
  const { unmount } = renderPage(list());
  expect(screen.getByText("Loading …")).toBeVisible();
  expect(await screen.findByText("Nothing here yet.")).toBeVisible();
  unmount();

  answering();
  const filtered = renderPage(list());
  await userEvent.type(await screen.findByRole("searchbox"), "unheard of");
  expect(await screen.findByText("No document fits these filters.")).toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: "Clear all filters" }));
  expect(await screen.findByText("scan-1.pdf")).toBeVisible();
  filtered.unmount();

  server.use(http.get(FILES, () => HttpResponse.json({ detail: "No." }, { status: 403 })));
  const forbidden = renderPage(list());
  expect(await screen.findByText("This is not open to you.")).toBeVisible();
  forbidden.unmount();

  server.use(
    http.get(FILES, () => HttpResponse.json({ detail: "The database is away." }, { status: 500 }), {
      once: true,
    }),
  );
  answering();
  server.use(
    http.get(FILES, () => HttpResponse.json({ detail: "The database is away." }, { status: 500 }), {
      once: true,
    }),
  );
  renderPage(list());
  expect(await screen.findByText("The database is away.")).toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(await screen.findByText("scan-1.pdf")).toBeVisible();
});

test("pages are loaded as one comes to them; the rows of a long list are not all in the page", async () => {
  const many = documentsUpTo(200);
  server.use(
    http.get(FILES, ({ request }) => {
      const cursor = new URL(request.url).searchParams.get("cursor");
      return HttpResponse.json(
        cursor === "second"
          ? pageOf(many.slice(100))
          : pageOf(many.slice(0, 100), `${FILES}?cursor=second`),
      );
    }),
  );
  renderPage(list());
  const grid = await screen.findByRole("grid");
  expect(grid).toHaveAttribute("aria-rowcount", "-1");
  expect(screen.getByText("100 documents loaded, more below")).toBeVisible();
  expect(rows().length).toBeLessThan(40);
  act(() => rows()[0]?.focus());
  await userEvent.keyboard("{End}");
  expect(await screen.findByText("200 documents")).toBeVisible();
  expect(grid).toHaveAttribute("aria-rowcount", "201");
});

test("arrows, Home and End move; Space chooses; Tab comes to one row only", async () => {
  answering();
  renderPage(list());
  await screen.findByRole("grid");
  act(() => rows()[0]?.focus());
  await userEvent.keyboard("{ArrowDown}{ArrowDown}");
  expect(row("scan-3.pdf")).toHaveFocus();
  await userEvent.keyboard(" ");
  expect(row("scan-3.pdf")).toHaveAttribute("aria-selected", "true");
  await userEvent.keyboard("{Shift>}{ArrowDown}{/Shift}");
  expect(row("scan-4.pdf")).toHaveAttribute("aria-selected", "true");
  await userEvent.keyboard("{End}");
  expect(row("scan-6.pdf")).toHaveFocus();
  await userEvent.keyboard("{Home}");
  expect(row("scan-1.pdf")).toHaveFocus();
  expect(rows().filter((one) => one.tabIndex === 0)).toEqual([row("scan-1.pdf")]);
  await userEvent.tab();
  expect(screen.getByRole("checkbox", { name: "Choose scan-1.pdf" })).toHaveFocus();
  await userEvent.keyboard("{ArrowDown}");
  expect(row("scan-2.pdf")).toHaveFocus();
});

test("whoever closes the preview stands at the document that was looked at", async () => {
  answering();
  server.use(
    http.get(at("/api/v1/files/:id/preview"), () =>
      HttpResponse.json({ detail: "The store is away." }, { status: 503 }),
    ),
  );
  renderPage(list());
  await userEvent.click(await screen.findByRole("button", { name: "Preview scan-1.pdf" }));
  expect(await screen.findByRole("dialog", { name: "Preview of scan-1.pdf" })).toBeVisible();
  await userEvent.keyboard("{ArrowRight}{ArrowRight}");
  expect(await screen.findByRole("dialog", { name: "Preview of scan-3.pdf" })).toBeVisible();
  await userEvent.keyboard("{Escape}");
  await waitFor(() => expect(row("scan-3.pdf")).toHaveFocus());
});

test("on a phone rows are cards without headings, and the order is a choice", async () => {
  vi.spyOn(HTMLElement.prototype, "clientWidth", "get").mockReturnValue(358);
  const asked = answering();
  const { container } = renderPage(list());
  expect(await screen.findByRole("grid")).toHaveAttribute("aria-rowcount", "6");
  expect(screen.queryByRole("columnheader")).toBeNull();
  expect(row("scan-1.pdf")).toHaveAttribute("aria-rowindex", "1");
  await userEvent.click(screen.getByRole("button", { name: "Filters" }));
  await userEvent.selectOptions(screen.getByLabelText("Order"), "Largest first");
  await waitFor(() => expect(asked.at(-1)?.get("sort")).toBe("-size"));
  expect(await violations(container)).toEqual([]);
});

test("description, category and date are changed; what was typed survives an error", async () => {
  answering();
  let fails = true;
  const sent: unknown[] = [];
  server.use(
    http.patch(at(`/api/v1/files/${ALL[0]?.id}`), async ({ request }) => {
      sent.push(await request.json());
      const errors = [{ field: "description", code: "max_length", message: "That is too long." }];
      if (fails) return HttpResponse.json({ detail: "Mend it.", errors }, { status: 400 });
      return HttpResponse.json(aDocument(1, { description: "Better" }));
    }),
  );
  renderPage(list());
  await userEvent.click(await screen.findByRole("button", { name: "Edit scan-1.pdf" }));
  const dialog = await screen.findByRole("dialog", { name: "Edit scan-1.pdf" });
  const field = within(dialog).getByLabelText("Description");
  await userEvent.clear(field);
  await userEvent.type(field, "Better");
  await userEvent.selectOptions(within(dialog).getByLabelText("Category"), "Test order");
  fireEvent.change(within(dialog).getByLabelText("Date of the document"), {
    target: { value: "" },
  });
  expect(await violations(dialog)).toEqual([]);
  await userEvent.click(within(dialog).getByRole("button", { name: "Save" }));
  expect(await within(dialog).findByText("That is too long.")).toBeVisible();
  expect(field).toHaveValue("Better");
  fails = false;
  await userEvent.click(within(dialog).getByRole("button", { name: "Save" }));
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  expect(sent[1]).toEqual({ description: "Better", category: "test_order", document_date: null });
  expect(within(row("scan-1.pdf")).getByText("Better")).toBeVisible();
  expect(row("scan-1.pdf")).toHaveFocus();
});

test("what is not available is told in words and not offered", async () => {
  answering([
    aDocument(1, { state: "quarantined" }),
    aDocument(2, { state: "verifying" }),
    aDocument(3, { legal_hold: true }),
  ]);
  renderPage(list());
  expect(await screen.findByText(/In quarantine/)).toBeVisible();
  expect(screen.getByText("Being checked")).toBeVisible();
  expect(screen.getByText("Legal hold")).toBeVisible();
  for (const verb of ["Download", "Preview", "Edit", "Delete"]) {
    expect(screen.queryByRole("button", { name: `${verb} scan-1.pdf` })).toBeNull();
  }
  expect(screen.getByRole("button", { name: "Download scan-3.pdf" })).toBeVisible();
  expect(screen.queryByRole("button", { name: "Delete scan-3.pdf" })).toBeNull();
});

test("who may only look is offered no more", async () => {
  answering();
  renderPage(list(), { me: someone({ role: "patient", abilities: ["documents.view"] }) });
  expect(await screen.findByRole("button", { name: "Download scan-1.pdf" })).toBeVisible();
  expect(screen.queryByRole("button", { name: /^(Edit|Delete)/ })).toBeNull();
});

test("in the admin's island, without a session above it, it goes by who is signed in", async () => {
  answering();
  const client = makeTestClient();
  render(<Providers client={client}>{list()}</Providers>);
  expect(await screen.findByRole("button", { name: "Download scan-1.pdf" })).toBeVisible();
  expect(screen.queryByRole("button", { name: "Edit scan-1.pdf" })).toBeNull();
  act(() => client.setQueryData(["me"], someone()));
  expect(await screen.findByRole("button", { name: "Edit scan-1.pdf" })).toBeVisible();
});

test("over all records of a patient a row says to which kind it belongs", async () => {
  const asked = answering(ALL, at("/api/v1/files"));
  renderPage(<FileList scope="patient" patientId={PATIENT} />);
  expect(await screen.findAllByText("Lab result · Scan number 1")).toHaveLength(1);
  expect(asked[0]?.get("patient")).toBe(PATIENT);
  expect(screen.getByRole("button", { name: "All as ZIP" })).toBeVisible();
});
