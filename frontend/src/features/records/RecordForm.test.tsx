import { act, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { delay, HttpResponse, http } from "msw";
import { expect, test, vi } from "vitest";
import { problem } from "@/components/documents/fixtures/clinic";
import { violations } from "@/test/axe";
import { renderPage } from "@/test/render";
import { server } from "@/test/server";
import { ANNA, aLab, idOf, pageOf, recordsServer, settled, theDialog } from "./fixtures/records";
import LabResultsPage from "./LabResultsPage";

const file = (name: string) => new File([name], name, { lastModified: 1, type: "text/plain" });
const input = (label: string | RegExp) =>
  within(theDialog()).getByLabelText(label, { selector: "input" });
const press = (name: string) => within(theDialog()).getByText(name).closest("button");
const alerts = () =>
  [...document.querySelectorAll('[role="alert"]')].map((one) => one.textContent).join(" ");

/** The form of a new lab result of Anna, with a test's name. */
async function write(files: File[] = []) {
  const api = recordsServer("lab-results", [aLab(1, { created_at: "2026-01-01T00:00:00Z" })]);
  const user = userEvent.setup({ applyAccept: false, delay: null });
  const view = renderPage(<LabResultsPage />, {
    route: "/lab-results/:id?",
    path: "/lab-results?new=1",
  });
  await screen.findByText("Choose files");
  await user.click(input(/^Patient/));
  await user.click(await screen.findByText("Anna Nguyen", { selector: "[role=option] *" }));
  await user.type(input(/^Test/), "Glucose");
  if (files.length > 0) await user.upload(input("Choose files"), files);
  const save = async () => {
    const button = press("Save");
    if (button) await user.click(button);
  };
  return { ...api, ...view, user, save };
}

/** The form of a lab result that is there. */
async function edit() {
  const api = recordsServer("lab-results", [aLab(1)]);
  const user = userEvent.setup({ delay: null });
  const view = renderPage(<LabResultsPage />, {
    route: "/lab-results/:id?",
    path: `/lab-results/${idOf(1)}`,
  });
  await user.click(await screen.findByText("Edit"));
  await screen.findByText("Choose files");
  const save = async () => {
    const button = press("Save");
    if (button) await user.click(button);
  };
  const retype = async (label: RegExp, text: string) => {
    await user.clear(input(label));
    await user.type(input(label), text);
  };
  return { ...api, ...view, user, save, retype };
}

test("a new record is stored once with its files, whatever is clicked twice", async () => {
  const { asked, user, names, kept } = await write([file("a.txt"), file("b.txt")]);
  const button = press("Save");
  if (button) await user.dblClick(button);
  expect(await screen.findByText("Saved.")).toBeInTheDocument();
  await waitFor(() => expect(document.querySelector('[role="dialog"]')).toBeNull());
  expect(asked.created).toEqual([
    expect.objectContaining({
      patient_id: ANNA,
      test_name: "Glucose",
      resulted_on: null,
      flag: "",
    }),
  ]);
  expect(names()).toEqual(["a.txt", "b.txt"]);
  expect(kept.sent.map((sent) => sent.record)).toEqual([idOf(501), idOf(501)]);
  expect(await screen.findByText("Glucose")).toBeVisible();
});

test("when one of two files fails the record stays, and the file is tried again", async () => {
  const { asked, answering, names, save, user } = await write([file("a.txt"), file("b.txt")]);
  answering(({ name }) =>
    name === "b.txt" ? problem(409, "quarantined", "It holds a virus.", "file") : undefined,
  );
  await save();
  expect(await screen.findByText(/The record is saved, but 1 file is not/)).toBeVisible();
  expect(within(theDialog()).getByText("It holds a virus.")).toBeVisible();
  expect(names()).toEqual(["a.txt"]);

  answering(() => undefined);
  await user.type(input("Unit"), "mg");
  await save();
  await waitFor(() => expect(document.querySelector('[role="dialog"]')).toBeNull());
  expect(asked.created).toHaveLength(1);
  expect(asked.changed).toEqual([{ unit: "mg" }]);
  expect(names()).toEqual(["a.txt", "b.txt"]);
});

test("what must be filled in is said beside it before anything is sent", async () => {
  const { asked, user, save } = await write();
  await user.clear(input(/^Test/));
  await save();
  expect(input(/^Test/)).toHaveAccessibleDescription("Fill this in.");
  expect(input(/^Test/)).toHaveFocus();
  expect(asked.created).toEqual([]);
  await user.type(input(/^Test/), "G");
  expect(input(/^Test/)).not.toHaveAccessibleDescription();
});

test("the server's messages stand beside their fields, and what was typed stays", async () => {
  const { url, save } = await write([file("a.txt")]);
  server.use(
    http.post(url, () =>
      HttpResponse.json(
        {
          status: 400,
          detail: "2 errors.",
          code: "invalid",
          errors: [
            { field: "value", code: "invalid", message: "A result needs its value." },
            { field: "", code: "other", message: "And something else." },
          ],
        },
        { status: 400 },
      ),
    ),
  );
  await save();
  await waitFor(() => expect(input(/^Value/)).toHaveFocus());
  expect(input(/^Value/)).toHaveAccessibleDescription(/A result needs its value/);
  expect(alerts()).toContain("And something else.");
  expect(input(/^Test/)).toHaveValue("Glucose");
  expect(within(theDialog()).getAllByText("a.txt")[0]).toBeVisible();
});

test("after a lost answer nothing is sent again before somebody has looked", async () => {
  const { asked, url, save, user, records, names } = await write([file("a.txt")]);
  let lost = true;
  server.use(
    http.post(url, () => {
      if (!lost) return undefined; // the server's own answer follows
      lost = false;
      records.push(aLab(7, { test_name: "Glucose", created_at: new Date().toISOString() }));
      return HttpResponse.error();
    }),
  );
  await save();
  expect(await screen.findByText("Nobody knows whether it was saved")).toBeVisible();
  expect(press("Save")).toBeDisabled();
  expect(await violations(theDialog())).toEqual([]);
  await user.click(screen.getByText("Look for it"));
  await user.click(await screen.findByText("It is this one"));
  await waitFor(() => expect(press("Save")).toBeEnabled());
  await save();
  await waitFor(() => expect(document.querySelector('[role="dialog"]')).toBeNull());
  expect(asked.created).toEqual([]);
  expect(names()).toEqual(["a.txt"]);
});

test("when it is not there, it can be saved again", async () => {
  const { asked, url, save, user } = await write();
  server.use(http.post(url, () => HttpResponse.error(), { once: true }));
  await save();
  await user.click(await screen.findByText("Look for it"));
  expect(await screen.findByText(/Nothing new is there/)).toBeVisible();
  await user.click(screen.getByText("It is not there; let me save again"));
  await save();
  await waitFor(() => expect(document.querySelector('[role="dialog"]')).toBeNull());
  expect(asked.created).toHaveLength(1);
});

test("a change sends what is new, and what it was made from", async () => {
  const { asked, save, retype } = await edit();
  await retype(/^Value/, "6.1");
  await save();
  expect(await screen.findByText("Saved.")).toBeInTheDocument();
  expect(asked.changed).toEqual([{ value: "6.1" }]);
  expect(within(theDialog()).getByText("6.1")).toBeVisible();
  await waitFor(() => expect(theDialog()).toContainElement(document.activeElement as HTMLElement));
});

test("somebody else's change meanwhile: mine is kept, and then stored", async () => {
  const { asked, save, retype, meanwhile, user, records } = await edit();
  await retype(/^Value/, "6.1");
  meanwhile(idOf(1), { value: "9", notes: "Called the patient" });
  await save();
  expect(await screen.findByText("Somebody else has changed this meanwhile")).toBeVisible();
  const rows = within(theDialog())
    .getAllByRole("row")
    .map((row) => row.textContent);
  expect(rows).toEqual(["FieldNowYours", "Value96.1", "NotesCalled the patient–"]);
  expect(await violations(theDialog())).toEqual([]);
  await user.click(screen.getByText("Keep mine where both changed"));
  expect(input(/^Value/)).toHaveValue("6.1");
  expect(within(theDialog()).getByLabelText("Notes")).toHaveValue("Called the patient");
  await save();
  expect(await screen.findByText("Saved.")).toBeInTheDocument();
  expect(asked.changed).toEqual([{ value: "6.1" }]);
  expect(records[0]).toMatchObject({ value: "6.1", notes: "Called the patient" });
});

test("somebody else's change meanwhile: the new state is loaded instead", async () => {
  const { asked, save, retype, meanwhile, user } = await edit();
  await retype(/^Value/, "6.1");
  meanwhile(idOf(1), { value: "9" });
  await save();
  await user.click(await screen.findByText("Load the new state"));
  expect(input(/^Value/)).toHaveValue("9");
  expect(asked.changed).toEqual([]);
});

test("a change whose answer was lost is not taken for somebody else's", async () => {
  const { url, save, retype, meanwhile } = await edit();
  await retype(/^Value/, "6.1");
  server.use(
    http.patch(
      `${url}/:id`,
      () => {
        meanwhile(idOf(1), { value: "6.1" });
        return HttpResponse.error();
      },
      { once: true },
    ),
  );
  await save();
  await waitFor(() => expect(alerts()).toContain("What you entered is still here."));
  await save();
  expect(await screen.findByText("Saved.")).toBeInTheDocument();
  expect(screen.queryByText("Somebody else has changed this meanwhile")).toBeNull();
});

test("Back and Close ask before what was typed is lost", async () => {
  const { router, user } = await write();
  await act(() => router.navigate("/lab-results"));
  expect(await screen.findByText("Leave without saving?")).toBeVisible();
  expect(screen.getByText("Go on writing").closest("button")).toHaveFocus();
  await user.click(screen.getByText("Go on writing"));
  expect(input(/^Test/)).toHaveValue("Glucose");

  await user.click(within(theDialog()).getByLabelText("Close"));
  await user.click(await screen.findByText("Go on writing"));
  await user.click(screen.getByText("Cancel"));
  await user.click(await screen.findByText("Leave without saving"));
  await waitFor(() => expect(document.querySelector('[role="dialog"]')).toBeNull());
  expect(router.state.location.search).toBe("");
});

test("files that were chosen for a record that is read are asked about too", async () => {
  const { names } = recordsServer("lab-results", [aLab(1)]);
  const user = userEvent.setup({ applyAccept: false, delay: null });
  const { client, router } = renderPage(<LabResultsPage />, {
    route: "/lab-results/:id?",
    path: `/lab-results/${idOf(1)}`,
  });
  await user.click(await screen.findByText("Add or remove documents"));
  await user.upload(
    await screen.findByLabelText("Choose files", { selector: "input" }),
    file("a.txt"),
  );
  await act(() => router.navigate("/lab-results"));
  await user.click(await screen.findByText("Go on writing"));
  await user.click(screen.getByText("Save documents"));
  expect(await screen.findByText("Add or remove documents")).toBeVisible();
  expect(names()).toEqual(["a.txt"]);
  await settled(client);
});

test("who leaves while a search runs is done with it", async () => {
  const { url } = recordsServer("lab-results", [aLab(1)]);
  const aborted = vi.fn();
  server.use(
    http.get(url, async ({ request }) => {
      request.signal.addEventListener("abort", aborted);
      await delay("infinite");
      return pageOf([]);
    }),
  );
  const view = renderPage(<LabResultsPage />, { route: "*", path: "/lab-results" });
  await screen.findByText("Loading …");
  view.unmount();
  await waitFor(() => expect(aborted).toHaveBeenCalled());
});
