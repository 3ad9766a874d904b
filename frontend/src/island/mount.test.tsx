import { act, fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import type { Root } from "react-dom/client";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { aDocument } from "@/components/documents/testing";
import { violations } from "@/test/axe";
import { makeTestClient, someone } from "@/test/render";
import { at, server } from "@/test/server";
import { mountIslands } from "./mount";

const POLICY = {
  slug: "lab-results",
  display_name: "lab result",
  extensions: [".pdf", ".txt"],
  max_size: 10_000_000,
  max_files: 10,
  categories: ["result"],
  operations: ["delete", "download", "preview", "upload"],
  link_ttl: 900,
};

type Options = {
  id?: string;
  mode?: string;
  operations?: string;
  closed?: string;
  touched?: boolean;
};

const place = ({
  id = "r1",
  mode = "edit",
  operations = "delete download preview upload",
  closed = "",
}: Options) => `
  <fieldset>
    <div data-document-manager data-entity-type="lab-results" data-entity-id="${id}"
      data-mode="${mode}" data-operations="${operations}" data-closed="${closed}"></div>
    <div data-plain="${id}">
      <input type="hidden" name="${id}-TOTAL_FORMS" value="3">
      <input type="hidden" name="${id}-INITIAL_FORMS" value="2">
      <input type="hidden" name="${id}-0-id" value="d1">
      <input type="file" name="${id}-2-files" aria-label="plain file">
    </div>
  </fieldset>`;

const admin = (...places: Options[]) => {
  document.body.innerHTML = `
    <form action="/admin/x" method="post">
      <input name="test_name" value="Blood count" aria-label="Test name">
      ${places.map(place).join("")}
      <button type="submit" name="_continue" value="1">Save and continue editing</button>
    </form>`;
};

const plain = (id = "r1") => {
  const found = document.querySelector<HTMLElement>(`[data-plain=${id}]`);
  if (!found) throw new Error("There is no plain form.");
  return found;
};
const form = () => {
  const found = document.querySelector("form");
  if (!found) throw new Error("There is no form.");
  return found;
};
const sent = () => Object.fromEntries(new FormData(form()));

let root: Root | null = null;
const submitted = vi.fn<(name: string) => void>();

beforeEach(() => {
  submitted.mockClear();
  // What a form does after its submit event jsdom has not; `requestSubmit` it has.
  window.HTMLFormElement.prototype.submit = () => undefined;
  document.addEventListener("submit", noted);
  server.use(
    http.get(at("/api/v1/me"), () =>
      HttpResponse.json(
        someone({
          abilities: ["documents.view", "documents.add", "documents.change", "documents.delete"],
        }),
      ),
    ),
    http.get(at("/api/v1/document-policies"), () => HttpResponse.json([POLICY])),
    http.get(at("/api/v1/lab-results/:id/files"), () =>
      HttpResponse.json({ next: null, previous: null, results: [] }),
    ),
    http.post(at("/api/v1/files/batch-counts"), () => HttpResponse.json({ counts: {} })),
  );
});

afterEach(async () => {
  document.removeEventListener("submit", noted);
  await act(async () => {
    root?.unmount();
  });
  root = null;
  document.body.innerHTML = "";
  document.documentElement.className = "";
});

function noted(event: SubmitEvent) {
  event.preventDefault();
  submitted(event.submitter?.getAttribute("name") ?? "");
}

const mount = async () => {
  await act(async () => {
    root = mountIslands(makeTestClient());
  });
};
const file = () => new File(["Potassium 4.1"], "result.txt", { type: "text/plain" });
const chosenBy = (element: Element) => {
  const input = element.querySelector<HTMLInputElement>("[data-document-manager] input[type=file]");
  if (!input) throw new Error("There is nowhere to choose files.");
  return input;
};

test("several managers stand in their places, each instead of its plain form", async () => {
  admin({ id: "r1" }, { id: "r2", mode: "view" });
  await mount();
  expect(await screen.findAllByRole("button", { name: "Choose files" })).toHaveLength(1);
  await waitFor(() => expect(screen.getAllByText("Nothing here yet.")).toHaveLength(2));
  expect(plain("r1")).not.toBeVisible();
  expect(plain("r2")).not.toBeVisible();
  expect(screen.getAllByRole("button", { name: "Save the documents now" })).toHaveLength(1);
  // The plain form goes along without rows, which may name what was deleted meanwhile.
  expect(sent()).toEqual({
    test_name: "Blood count",
    "r1-TOTAL_FORMS": "0",
    "r1-INITIAL_FORMS": "0",
    "r2-TOTAL_FORMS": "0",
    "r2-INITIAL_FORMS": "0",
  });
  const [first] = document.querySelectorAll("[data-document-manager]");
  expect(await violations(first)).toEqual([]);
});

test("its colours are those of the admin's own switch", async () => {
  admin({});
  await mount();
  const page = document.documentElement;
  await waitFor(() => expect(page).toHaveAttribute("data-mantine-color-scheme", "light"));
  page.classList.add("dark");
  await waitFor(() => expect(page).toHaveAttribute("data-mantine-color-scheme", "dark"));
});

test.each([
  ["is not signed in", () => HttpResponse.json({}, { status: 401 })],
  ["cannot be asked", () => HttpResponse.json({}, { status: 500 })],
])("the plain form stays where it %s", async (_, me) => {
  const asked = vi.fn(me);
  server.use(http.get(at("/api/v1/me"), asked));
  admin({});
  await mount();
  await waitFor(() => expect(asked).toHaveBeenCalled());
  expect(plain()).toBeVisible();
  expect(sent()).toMatchObject({ "r1-TOTAL_FORMS": "3", "r1-0-id": "d1" });
  expect(screen.queryByRole("button", { name: "Choose files" })).toBeNull();
});

test("the plain form stays where somebody has begun with it", async () => {
  admin({});
  fireEvent.change(screen.getByLabelText("plain file"), { target: { files: [file()] } });
  await mount();
  expect(root).toBeNull();
  expect(plain()).toBeVisible();
});

test("one may go back to the plain form, but not over what waits", async () => {
  admin({});
  await mount();
  await screen.findByRole("button", { name: "Choose files" });
  fireEvent.change(chosenBy(document.body), { target: { files: [file()] } });
  await screen.findByText("result.txt");
  await userEvent.click(screen.getByRole("button", { name: "Use the plain form instead" }));
  expect(screen.getByRole("alert")).toHaveTextContent("Save or remove the files that wait first.");
  expect(plain()).not.toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: /Remove.*result\.txt/ }));
  await userEvent.click(screen.getByRole("button", { name: "Use the plain form instead" }));
  expect(plain()).toBeVisible();
  expect(screen.queryByRole("button", { name: "Choose files" })).toBeNull();
  expect(sent()).toMatchObject({ "r1-TOTAL_FORMS": "3", "r1-INITIAL_FORMS": "2", "r1-0-id": "d1" });
});

test("without files that wait the page is sent as ever, and Enter in the manager sends nothing", async () => {
  admin({});
  await mount();
  await screen.findByRole("button", { name: "Choose files" });
  const field = document.createElement("input");
  document.querySelector("[data-document-manager]")?.append(field);
  await userEvent.type(field, "{Enter}");
  expect(submitted).not.toHaveBeenCalled();
  field.remove();
  await userEvent.click(screen.getByRole("button", { name: "Save and continue editing" }));
  expect(submitted).toHaveBeenCalledExactlyOnceWith("_continue");
});

test("the page waits for its files, then it is sent by the same button, once", async () => {
  const keys: (string | null)[] = [];
  const uploads = ({ request }: { request: Request }) => {
    keys.push(request.headers.get("Idempotency-Key"));
    return HttpResponse.json(aDocument(9), { status: 201 });
  };
  server.use(http.post(at("/api/v1/lab-results/r1/files"), uploads));
  admin({});
  await mount();
  await screen.findByRole("button", { name: "Choose files" });
  fireEvent.change(chosenBy(document.body), { target: { files: [file()] } });
  await screen.findByText("result.txt");
  const button = screen.getByRole("button", { name: "Save and continue editing" });
  fireEvent.click(button);
  fireEvent.click(button);
  await waitFor(() => expect(submitted).toHaveBeenCalled());
  expect(submitted).toHaveBeenCalledExactlyOnceWith("_continue");
  expect(keys).toHaveLength(1);
});

test("a file that is not accepted keeps the page, and says which", async () => {
  server.use(
    http.post(at("/api/v1/lab-results/r1/files"), () =>
      HttpResponse.json(
        { title: "", status: 415, code: "type_mismatch", detail: "It is no text.", errors: [] },
        { status: 415 },
      ),
    ),
  );
  admin({});
  await mount();
  await screen.findByRole("button", { name: "Choose files" });
  fireEvent.change(chosenBy(document.body), { target: { files: [file()] } });
  await screen.findByText("result.txt");
  await userEvent.click(screen.getByRole("button", { name: "Save and continue editing" }));
  // In the manager, and over the page, whose documents' tab may be hidden.
  const said = /The page was not saved yet, because of these files: result\.txt/;
  await waitFor(() => expect(screen.getAllByText(said)).toHaveLength(2));
  expect(submitted).not.toHaveBeenCalled();
});

test("a closed record says why nothing can be added", async () => {
  admin({ operations: "delete download preview", closed: "It has been sent." });
  await mount();
  const island = document.querySelector<HTMLElement>("[data-document-manager]");
  await waitFor(() => expect(island).toHaveTextContent("It has been sent."));
  expect(
    within(island ?? document.body).queryByRole("button", { name: "Choose files" }),
  ).toBeNull();
});

test("a page without places is left alone", () => {
  document.body.innerHTML = "<p>Something else</p>";
  expect(mountIslands(makeTestClient())).toBeNull();
  expect(document.body.children).toHaveLength(1);
});
