import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { delay, HttpResponse, http } from "msw";
import { expect, test } from "vitest";
import { problem } from "@/components/documents/fixtures/clinic";
import { violations } from "@/test/axe";
import { renderPage, someone } from "@/test/render";
import { server } from "@/test/server";
import {
  aLab,
  anInsurance,
  aProcedure,
  aRecord,
  asPatient,
  aVisit,
  idOf,
  pageOf,
  recordsServer,
  settled,
  theDialog,
} from "./fixtures/records";
import InsurancesPage from "./InsurancesPage";
import LabResultsPage from "./LabResultsPage";
import MedicalRecordsPage from "./MedicalRecordsPage";
import ProceduresPage from "./ProceduresPage";
import VisitsPage from "./VisitsPage";

const LABS = { route: "/lab-results/:id?", path: "/lab-results" };
const hundred = () => Array.from({ length: 100 }, (_, number) => aLab(number));

const KINDS = [
  ["lab-results", LabResultsPage, aLab(1), "Test 1"],
  ["visits", VisitsPage, aVisit(1), "visit of 21 Nov 2026"],
  ["procedures", ProceduresPage, aProcedure(1), "Suture"],
  ["insurances", InsurancesPage, anInsurance(1), "Wattle Mutual"],
  ["medical-records", MedicalRecordsPage, aRecord(1), "Cough 1"],
] as const;

test.each(KINDS)(
  "%s: a page of cards, and axe finds nothing on it",
  async (slug, Page, row, title) => {
    const { asked } = recordsServer(slug, [row]);
    const { container, client } = renderPage(<Page />, {
      route: `/${slug}/:id?`,
      path: `/${slug}`,
    });
    const card = within(await screen.findByRole("article", { name: title }));
    expect(card.getByRole("link", { name: title })).toHaveAttribute("href", `/${slug}/${row.id}`);
    expect(card.getByRole("link", { name: "Anna Nguyen" })).toBeVisible();
    expect(await card.findByRole("button", { name: "2 documents" })).toBeVisible();
    expect(asked.counts).toEqual([[row.id]]);
    await settled(client);
    expect(await violations(container)).toEqual([]);
  },
);

test.each(KINDS)(
  "%s: a record in a dialog, and axe finds nothing on it",
  async (slug, Page, row, title) => {
    recordsServer(slug, [row]);
    const { client } = renderPage(<Page />, {
      route: `/${slug}/:id?`,
      path: `/${slug}/${row.id}`,
    });
    await screen.findByText("Edit");
    await settled(client);
    const dialog = theDialog();
    expect(dialog).toHaveAccessibleName(title);
    expect(await violations(dialog)).toEqual([]);
  },
);

test.each(KINDS)(
  "%s: the form for a new one, and axe finds nothing on it",
  async (slug, Page, row) => {
    recordsServer(slug, [row]);
    const { client } = renderPage(<Page />, { route: `/${slug}/:id?`, path: `/${slug}?new=1` });
    await screen.findByText("Choose files");
    await settled(client);
    const dialog = theDialog();
    expect(within(dialog).getByLabelText(/^Patient/, { selector: "input" })).toBeVisible();
    expect(await violations(dialog)).toEqual([]);
  },
);

test("a page says that it loads, that there is nothing, and what went wrong", async () => {
  const { url } = recordsServer("lab-results", [aLab(1)]);
  server.use(http.get(url, () => delay("infinite")));
  const view = renderPage(<LabResultsPage />, LABS);
  expect(await screen.findByRole("status", { name: "" })).toBeInTheDocument();
  expect(screen.getByText("Loading …")).toBeVisible();
  view.unmount();

  server.use(http.get(url, () => pageOf([])));
  renderPage(<LabResultsPage />, LABS);
  expect(await screen.findByText("Nothing recorded yet.")).toBeVisible();
});

test("a failed page is asked for again", async () => {
  const { url } = recordsServer("lab-results", [aLab(1)]);
  let broken = true;
  server.use(
    http.get(url, () => (broken ? problem(500, "error", "Something broke.") : pageOf([aLab(1)]))),
  );
  renderPage(<LabResultsPage />, LABS);
  expect(await screen.findByRole("alert")).toHaveTextContent("Something broke.");
  broken = false;
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(await screen.findByRole("article", { name: "Test 1" })).toBeVisible();
});

test("who may not see records is told so, and nothing is asked", async () => {
  const { asked } = recordsServer("lab-results", [aLab(1)]);
  renderPage(<LabResultsPage />, { ...LABS, me: someone({ abilities: ["system.view"] }) });
  expect(await screen.findByText("This is not open to you.")).toBeVisible();
  expect(asked.lists).toEqual([]);
});

test("a hundred cards are counted with one request", async () => {
  const { asked } = recordsServer("lab-results", hundred());
  renderPage(<LabResultsPage />, LABS);
  expect(await screen.findAllByRole("article")).toHaveLength(100);
  await waitFor(() => expect(screen.getAllByTitle("2 documents")).toHaveLength(100));
  expect(asked.counts).toHaveLength(1);
  expect(asked.counts[0]).toHaveLength(100);
});

test("more are shown when asked for, and the first of them has the focus", async () => {
  const { url, asked } = recordsServer("lab-results", [aLab(1)]);
  const second = `${url}?cursor=c2`;
  server.use(
    http.get(url, ({ request }) =>
      new URL(request.url).searchParams.get("cursor") === "c2"
        ? pageOf([aLab(2)])
        : pageOf([aLab(1)], second),
    ),
  );
  renderPage(<LabResultsPage />, LABS);
  await userEvent.click(await screen.findByRole("button", { name: "Show more" }));
  expect(await screen.findByRole("link", { name: "Test 2" })).toHaveFocus();
  expect(screen.getAllByRole("article")).toHaveLength(2);
  expect(screen.queryByRole("button", { name: "Show more" })).toBeNull();
  await waitFor(() => expect(asked.counts).toEqual([[idOf(1)], [idOf(2)]]));
});

test("filters stand in the address and are sent; they are cleared at once", async () => {
  const { asked, url } = recordsServer("lab-results", [aLab(1)]);
  const user = userEvent.setup();
  const { router } = renderPage(<LabResultsPage />, LABS);
  await screen.findByRole("article");
  await user.click(screen.getByRole("button", { name: "Filters" }));
  server.use(
    http.get(url, ({ request }) => {
      asked.lists.push(new URL(request.url).searchParams);
      return pageOf([]);
    }),
  );
  await user.type(screen.getByRole("searchbox", { name: "Test" }), "gluc");
  await screen.findByText("Nothing fits these filters.");
  expect(router.state.location.search).toBe("?test=gluc");
  expect(asked.lists.map((list) => list.get("test"))).toEqual([null, "gluc"]);

  const [clear] = screen.getAllByRole("button", { name: "Clear the filters" });
  if (clear) await user.click(clear);
  await waitFor(() => expect(router.state.location.search).toBe(""));
  expect(screen.getByRole("searchbox", { name: "Test" })).toHaveValue("");
});

test("a card opens its record at an address of its own, and Back closes it", async () => {
  recordsServer("lab-results", [aLab(1)]);
  const { router } = renderPage(<LabResultsPage />, LABS);
  await userEvent.click(await screen.findByRole("link", { name: "Test 1" }));
  expect(await screen.findByRole("dialog", { name: "Test 1" })).toBeVisible();
  expect(router.state.location.pathname).toBe(`/lab-results/${idOf(1)}`);
  await router.navigate(-1);
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  expect(router.state.location.pathname).toBe("/lab-results");
});

test("a record that is not there is said to be gone", async () => {
  recordsServer("lab-results", [aLab(1)]);
  renderPage(<LabResultsPage />, { ...LABS, path: "/lab-results/nope" });
  expect(await screen.findByText(/There is no such record/)).toBeVisible();
});

test("patients read, and enter nothing but their insurance and documents", async () => {
  recordsServer("lab-results", [aLab(1)]);
  const view = renderPage(<LabResultsPage />, {
    ...LABS,
    me: asPatient(),
    path: `/lab-results/${idOf(1)}`,
  });
  const dialog = within(await screen.findByRole("dialog", { name: "Test 1" }));
  expect(await dialog.findByRole("button", { name: "Add documents" })).toBeVisible();
  expect(dialog.queryByRole("button", { name: "Edit" })).toBeNull();
  expect(dialog.queryByRole("button", { name: "Delete" })).toBeNull();
  view.unmount();

  recordsServer("insurances", [anInsurance(1)]);
  renderPage(<InsurancesPage />, {
    route: "/insurances/:id?",
    path: "/insurances?new=1",
    me: asPatient(),
  });
  // The only patient whom they see is chosen already.
  const form = within(await screen.findByRole("dialog", { name: "Add an insurance" }));
  expect(form.queryByRole("combobox", { name: /Patient/ })).toBeNull();
  expect(await form.findByRole("button", { name: "Choose files" })).toBeVisible();
});

test("what was entered by mistake is removed after asking", async () => {
  const { url, records } = recordsServer("lab-results", [aLab(1)]);
  const tags: (string | null)[] = [];
  server.use(
    http.delete(`${url}/:id`, ({ request }) => {
      tags.push(request.headers.get("If-Match"));
      if (tags.length === 1) return problem(409, "has_documents", "It has documents and is kept.");
      records.length = 0;
      return new HttpResponse(null, { status: 204 });
    }),
  );
  const user = userEvent.setup();
  const { router } = renderPage(<LabResultsPage />, { ...LABS, path: `/lab-results/${idOf(1)}` });
  await user.click(await screen.findByRole("button", { name: "Delete" }));
  const asking = await screen.findByRole("dialog", { name: "Remove this lab result?" });
  expect(within(asking).getByRole("button", { name: "Cancel" })).toHaveFocus();
  expect(await violations(asking)).toEqual([]);
  await user.click(within(asking).getByRole("button", { name: "Remove it" }));
  expect(await within(asking).findByRole("alert")).toHaveTextContent("It has documents");
  await user.click(within(asking).getByRole("button", { name: "Remove it" }));
  expect(await screen.findByText("Nothing recorded yet.")).toBeVisible();
  expect(router.state.location.pathname).toBe("/lab-results");
  expect(tags).toEqual(['"2026-11-21T01:00:00Z"', '"2026-11-21T01:00:00Z"']);
});
