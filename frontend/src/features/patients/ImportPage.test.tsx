import { File as NodeFile } from "node:buffer";
import { act, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Schema } from "@/api/types";
import { violations } from "@/test/axe";
import { held } from "@/test/held";
import { renderPage, someone } from "@/test/render";
import { at, server } from "@/test/server";
import ImportPage from "./ImportPage";
import { job } from "./jobs/testing";
import { idOf, pageOf } from "./testing";

const PREVIEW = at("/api/v1/patients/import-preview");
const IMPORT = at("/api/v1/patients/import-csv");
const KNOWN = ["first_name", "last_name", "email"];
let sent: FormData[] = [];
let started = 0;

const preview = (over: Partial<Schema<"ImportPreview">> = {}): Schema<"ImportPreview"> => ({
  rows: 3,
  format: "csv",
  encoding: "cp1252",
  guessed: true,
  date_order: "DMY",
  columns: [
    { title: "Vorname", field: "first_name" },
    { title: "Nachname", field: "last_name" },
    { title: "E-Mail", field: "email" },
  ],
  unknown: [],
  known: KNOWN,
  results: [
    { line: 2, name: "Änne Berg", outcome: "imported", errors: [] },
    { line: 3, name: "Carl Dorn", outcome: "already_there", errors: [] },
    {
      line: 4,
      name: "Eva Falk",
      outcome: "refused",
      errors: [
        { field: "email", code: "invalid", message: "Enter a valid email.", patient_id: null },
      ],
    },
  ],
  ...over,
});
const problem = (status: number, body: Record<string, unknown>) =>
  HttpResponse.json(
    { status, title: "", errors: [], ...body },
    { status, headers: { "Content-Type": "application/problem+json" } },
  );

// Node's fetch cannot send the files of jsdom: the forms of these tests are Node's own.
async function useFormsOfNode() {
  const form = await new Response(new URLSearchParams()).formData();
  vi.stubGlobal("FormData", form.constructor);
  vi.stubGlobal("File", NodeFile);
}
afterEach(() => vi.unstubAllGlobals());

beforeEach(async () => {
  await useFormsOfNode();
  sent = [];
  started = 0;
  server.use(
    http.get(at("/api/v1/jobs"), () => HttpResponse.json(pageOf([]))),
    http.get(at(`/api/v1/jobs/${idOf(77)}`), () => HttpResponse.json(job({ state: "succeeded" }))),
    http.get(at(`/api/v1/jobs/${idOf(77)}/failures`), () => HttpResponse.json(pageOf([]))),
    http.post(PREVIEW, async ({ request }) => {
      sent.push(await request.formData());
      return HttpResponse.json(preview());
    }),
    http.post(IMPORT, async ({ request }) => {
      started += 1;
      sent.push(await request.formData());
      return HttpResponse.json({ job: idOf(77), status_url: "", rows: 3 }, { status: 202 });
    }),
  );
});

const page = (path = "/patients/import", me = someone()) =>
  renderPage(<ImportPage />, { path, route: "/patients/import", me });
const csv = () => new File(["Vorname;Nachname\nA;B\n"], "people.csv", { type: "text/csv" });
async function choose(file = csv()) {
  // The button that people see opens the browser's own field, which stands hidden behind it.
  const field = document.querySelector<HTMLInputElement>("input[type=file]");
  if (field) await userEvent.upload(field, file, { applyAccept: false });
}
const rowOf = (text: string | RegExp) => screen.getByText(text).closest("tr");
const look = async (file = csv()) => {
  await choose(file);
  await userEvent.click(screen.getByText("Look at it first"));
};

test("a preview shows the faults with their lines; then the good rows are imported by a job", async () => {
  const { router, container } = page();
  await look();
  expect(await screen.findByText(/3 rows in the file/)).toBeVisible();
  expect(screen.getByText(/encoding is a guess \(cp1252\)/)).toBeVisible();
  const row = rowOf("Eva Falk");
  expect(row).toHaveTextContent("4");
  expect(row).toHaveTextContent("E-mail: Enter a valid email.");
  expect(screen.queryByText("Carl Dorn")).toBeNull();
  expect(await violations(container)).toEqual([]);
  await userEvent.click(screen.getByLabelText("Only rows with something wrong"));
  expect(rowOf("Carl Dorn")).toHaveTextContent("There already");
  await userEvent.dblClick(screen.getByText("Import 2 rows"));
  await waitFor(() => expect(router.state.location.search).toBe(`?job=${idOf(77)}`));
  expect(started).toBe(1);
  expect(sent.map((form) => form.get("on_duplicate"))).toEqual(["skip", "skip"]);
  expect(sent[1]?.get("partial")).toBe("true");
});

test("columns that nobody knows are left out, or said, before anything is imported", async () => {
  server.use(
    http.post(PREVIEW, async ({ request }) => {
      const form = await request.formData();
      sent.push(form);
      return HttpResponse.json(preview({ unknown: form.get("mapping") ? [] : ["Fax"] }));
    }),
  );
  page();
  await look();
  expect(await screen.findByText(/Nobody knows this column: Fax/)).toBeVisible();
  expect(screen.getByRole("button", { name: "Import 2 rows" })).toBeDisabled();
  await userEvent.click(screen.getByRole("button", { name: /Leave out all/ }));
  await waitFor(() => expect(screen.getByRole("button", { name: "Import 2 rows" })).toBeEnabled());
  expect(sent[1]?.get("mapping")).toBe('{"Fax":"-"}');
});

test("where the names are missing, it can be said which columns they are", async () => {
  server.use(
    http.post(PREVIEW, async ({ request }) => {
      sent.push(await request.formData());
      return sent.length > 1
        ? HttpResponse.json(preview())
        : problem(400, {
            code: "bad_csv",
            detail: "A column is missing: last_name.",
            errors: [
              { field: "file", code: "bad_csv", message: "A column is missing: last_name." },
            ],
            titles: ["Name", "Vorname"],
            known: KNOWN,
          });
    }),
  );
  page();
  await look();
  expect(await screen.findByText("A column is missing: last_name.")).toBeVisible();
  await userEvent.selectOptions(
    screen.getByRole("combobox", { name: "What the column Name is" }),
    "Last name",
  );
  expect(await screen.findByText(/3 rows in the file/)).toBeVisible();
  expect(sent[1]?.get("mapping")).toBe('{"Name":"last_name"}');
});

test("a file that cannot be right is refused before it is sent", async () => {
  page();
  await choose(new File(["x"], "people.pdf"));
  expect(await screen.findByText(/no CSV and no .xlsx/)).toBeVisible();
  expect(screen.getByRole("button", { name: "Look at it first" })).toBeDisabled();
  const huge = new File(["x"], "people.csv");
  Object.defineProperty(huge, "size", { value: 101 * 1024 * 1024 });
  await choose(huge);
  expect(await screen.findByText(/larger than 100 MB/)).toBeVisible();
  expect(sent).toEqual([]);
});

test("a broken file is said beside it, and all that was chosen stays", async () => {
  server.use(
    http.post(PREVIEW, () =>
      problem(400, {
        code: "bad_csv",
        detail: "Line 7: a quote is not closed.",
        errors: [{ field: "file", code: "bad_csv", message: "Line 7: a quote is not closed." }],
      }),
    ),
  );
  page();
  await look();
  expect(await screen.findByText("Line 7: a quote is not closed.")).toBeVisible();
  expect(screen.getByText("people.csv")).toBeVisible();
});

test("the network breaks while it is read: it can be looked at again", async () => {
  server.use(http.post(PREVIEW, () => HttpResponse.error(), { once: true }));
  page();
  await look();
  expect(await screen.findByRole("alert")).toHaveTextContent("cannot be reached");
  await userEvent.click(screen.getByText("Look at it first"));
  expect(await screen.findByText(/3 rows in the file/)).toBeVisible();
});

test("a small file is imported at once, and says what was not", async () => {
  server.use(
    http.post(IMPORT, () =>
      HttpResponse.json({
        dry_run: false,
        count: 2,
        results: [
          {
            index: 2,
            line: 4,
            status: "error",
            id: null,
            errors: [
              {
                field: "email",
                code: "invalid",
                message: "Enter a valid email.",
                patient_id: null,
              },
            ],
          },
        ],
      }),
    ),
  );
  const { container } = page();
  await look();
  await userEvent.click(await screen.findByText("Import 2 rows"));
  expect(await screen.findByText("2 patients were added.")).toBeVisible();
  expect(rowOf(/Enter a valid email/)).toHaveTextContent("4");
  expect(await violations(container)).toEqual([]);
});

test("who comes back finds the import that is at work", async () => {
  server.use(http.get(at("/api/v1/jobs"), () => HttpResponse.json(pageOf([job()]))));
  const { container } = page();
  expect(await screen.findByRole("link", { name: "Look at it" })).toHaveAttribute(
    "href",
    `/patients/import?job=${idOf(77)}`,
  );
  expect(await violations(container)).toEqual([]);
});

test("who may not add patients is told so", () => {
  page("/patients/import", someone({ abilities: ["patients.view"] }));
  expect(screen.getByText("This is not open to you.")).toBeVisible();
});

/** An import whose answer comes when the test lets it. */
function heldImport() {
  const { wait, go } = held();
  server.use(
    http.post(IMPORT, async () => {
      started += 1;
      await wait;
      return HttpResponse.json({ job: idOf(77), status_url: "", rows: 3 }, { status: 202 });
    }),
  );
  return go;
}

test("what is being imported stays as it was chosen, until the answer is there", async () => {
  const answer = heldImport();
  const { router } = page();
  await look();
  await userEvent.click(await screen.findByText("Import 2 rows"));
  await waitFor(() => expect(started).toBe(1));
  for (const label of ["What the column Vorname is", "Only rows with something wrong"])
    expect(screen.getByLabelText(label)).toBeDisabled();
  const choices = document.querySelectorAll("form input:not([type=hidden]), form button");
  expect(choices.length).toBeGreaterThan(4);
  for (const one of choices) expect(one).toBeDisabled();
  answer();
  await waitFor(() => expect(router.state.location.search).toBe(`?job=${idOf(77)}`));
});

test("who left while a file was being sent is not taken back to it", async () => {
  const answer = heldImport();
  const { router, client } = page();
  await look();
  await userEvent.click(await screen.findByText("Import 2 rows"));
  await waitFor(() => expect(started).toBe(1));
  await act(() => router.navigate("/elsewhere"));
  answer();
  await waitFor(() => expect(client.isMutating()).toBe(0));
  expect(router.state.location).toMatchObject({ pathname: "/elsewhere", search: "" });
});
