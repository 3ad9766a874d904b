import { act, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { expect, test } from "vitest";
import { renderPage } from "@/test/render";
import { server } from "@/test/server";
import { aLab, idOf, pageOf, recordsServer, settled, theDialog } from "./fixtures/records";
import LabResultsPage from "./LabResultsPage";

const field = (label: RegExp) => within(theDialog()).getByLabelText(label);
const input = (label: RegExp) => within(theDialog()).getByLabelText(label, { selector: "input" });
const button = (name: string) => within(theDialog()).getByText(name).closest("button");
const alerts = () =>
  [...document.querySelectorAll('[role="alert"]')].map((one) => one.textContent).join(" ");
/** What an answer of a server in between looks like: no words of this one. */
const between = (status: number) => new HttpResponse("<html>", { status });

async function open(path: string) {
  const api = recordsServer("lab-results", [aLab(1, { created_at: "2026-01-01T00:00:00Z" })]);
  const user = userEvent.setup({ delay: null });
  const view = renderPage(<LabResultsPage />, { route: "/lab-results/:id?", path });
  const save = async () => {
    const found = button("Save");
    if (found) await user.click(found);
  };
  return { ...api, ...view, user, save };
}
async function edit() {
  const opened = await open(`/lab-results/${idOf(1)}`);
  await opened.user.click(await screen.findByText("Edit"));
  await screen.findByText("Choose files");
  return opened;
}
async function write() {
  const opened = await open("/lab-results?new=1");
  await screen.findByText("Choose files");
  await opened.user.click(input(/^Patient/));
  await opened.user.click(await screen.findByText("Anna Nguyen", { selector: "[role=option] *" }));
  await opened.user.type(input(/^Test/), "Glucose");
  return opened;
}

test("a record that is read again leaves the focus and what was typed where they are", async () => {
  const { client, user, meanwhile, asked, save } = await edit();
  await user.type(field(/^Notes/), "Fasting");
  meanwhile(idOf(1), { value: "9" });
  await act(() => client.invalidateQueries({ queryKey: ["record", "lab-results", idOf(1)] }));
  await settled(client);
  expect(field(/^Notes/)).toHaveFocus();
  expect(field(/^Notes/)).toHaveValue("Fasting");
  expect(input(/^Value/)).toHaveValue("5"); // what they began with, until they decide
  await save();
  expect(await screen.findByText("Somebody else has changed this meanwhile")).toBeVisible();
  expect(asked.changed).toEqual([]);
});

test.each([404, 410])("a record that is gone (%i) leaves what was typed", async (status) => {
  const { url, user, asked, save } = await edit();
  await user.type(field(/^Notes/), "Fasting");
  server.use(http.patch(`${url}/:id`, () => new HttpResponse(null, { status })));
  await save();
  await waitFor(() => expect(alerts()).toContain("This record was removed meanwhile"));
  expect(field(/^Notes/)).toHaveValue("Fasting");
  expect(field(/^Notes/)).toBeEnabled();
  expect(asked.created).toEqual([]);
});

test("a record that was changed and then removed leaves what was typed", async () => {
  const { url, user, meanwhile, save } = await edit();
  await user.type(field(/^Notes/), "Fasting");
  meanwhile(idOf(1), { value: "9" });
  server.use(http.get(`${url}/:id`, () => new HttpResponse(null, { status: 404 })));
  await save();
  await waitFor(() => expect(alerts()).toContain("This record was removed meanwhile"));
  expect(field(/^Notes/)).toHaveValue("Fasting");
});

test.each([502, 504])(
  "after a %i of a new record nothing is sent again by itself",
  async (status) => {
    const { url, asked, save } = await write();
    let sent = 0;
    server.use(
      http.post(url, () => {
        sent += 1;
        return between(status);
      }),
    );
    await save();
    expect(await screen.findByText("Nobody knows whether it was saved")).toBeVisible();
    expect(button("Save")).toBeDisabled();
    expect([sent, asked.created]).toEqual([1, []]);
    expect(input(/^Test/)).toHaveValue("Glucose");
    // It would be looked for with somebody else.
    expect(input(/^Patient/)).toBeDisabled();
  },
);

test("a change whose answer a server in between lost is said in words, and sent again once", async () => {
  const { url, user, asked, save } = await edit();
  await user.type(field(/^Notes/), "Fasting");
  server.use(http.patch(`${url}/:id`, () => between(504), { once: true }));
  await save();
  await waitFor(() => expect(alerts()).toContain("What you entered is still here."));
  await save();
  expect(await screen.findByText("Saved.")).toBeInTheDocument();
  expect(asked.changed).toEqual([{ notes: "Fasting" }]);
});

test("a record that may be there is looked for among all that were stored since", async () => {
  const { url, save, user, records } = await write();
  const now = new Date().toISOString();
  records.push(aLab(7, { test_name: "Glucose", created_at: now }));
  const asked: URLSearchParams[] = [];
  server.use(
    http.post(url, () => HttpResponse.error(), { once: true }),
    // It stands on the second page, by its own day.
    http.get(url, ({ request }) => {
      const query = new URL(request.url).searchParams;
      asked.push(query);
      const others = [aLab(8, { test_name: "Sodium", created_at: now })];
      return query.get("cursor")
        ? pageOf(records.filter((row) => row.created_at === now))
        : pageOf(others, `${url}?cursor=two`);
    }),
  );
  await save();
  await user.click(await screen.findByText("Look for it"));
  expect(await within(theDialog()).findByText(/^Glucose/)).toBeVisible();
  expect(within(theDialog()).getByText(/^Sodium/)).toBeVisible();
  expect(asked.map((query) => query.get("cursor"))).toEqual([null, "two"]);
  const since = Date.parse(asked[0]?.get("created_after") ?? "");
  expect(Date.now() - since).toBeGreaterThan(14 * 60_000);
  expect(Date.now() - since).toBeLessThan(16 * 60_000);
  const again = within(theDialog())
    .getByText(/^Glucose/)
    .closest("li");
  await user.click(within(again as HTMLElement).getByText("It is this one"));
  await waitFor(() => expect(button("Save")).toBeEnabled());
});
