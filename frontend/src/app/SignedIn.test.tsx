import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse } from "msw";
import { expect, test } from "vitest";
import { leave } from "@/components/documents/fixtures/manage";
import { ANNA, aLab, idOf, recordsServer } from "@/features/records/fixtures/records";
import LabResultsPage from "@/features/records/LabResultsPage";
import { fill } from "@/features/session/fill";
import { violations } from "@/test/axe";
import { ADA, BEN, comeBack, renderSignedIn, sessions } from "@/test/sessions";

const ROUTE = "/lab-results/:id?";
const file = (name: string) => new File([name], name, { lastModified: 1, type: "text/plain" });
const user = userEvent.setup({ applyAccept: false, delay: null });
const form = () => {
  const found = document.querySelector<HTMLElement>("[role=dialog]:not(#signed-out *)");
  if (!found) throw new Error("No form is open.");
  return within(found);
};
const field = (label: string | RegExp) => form().getByLabelText(label, { selector: "input" });
const noForm = () => waitFor(() => expect(document.querySelector("[role=dialog]")).toBeNull());
const save = () => user.click(form().getByText("Save", { selector: "button *" }));
/** Finding it by its role takes long beside a large form. */
const asked = async () => {
  const title = await screen.findByText("You were signed out");
  const found = title.closest<HTMLElement>("[role=dialog]");
  if (!found) throw new Error("It is no dialog.");
  return within(found);
};
const isAsked = () => screen.queryByText("You were signed out") !== null;

/** A new lab result of Anna that is not saved yet. */
async function write(files: File[] = []) {
  const api = recordsServer("lab-results", [aLab(1)]);
  const session = sessions();
  const view = renderSignedIn(<LabResultsPage />, ROUTE, "/lab-results?new=1");
  await screen.findByText("Choose files");
  await user.click(field(/^Patient/));
  await user.click(await screen.findByText("Anna Nguyen", { selector: "[role=option] *" }));
  await fill(field(/^Test/), "Glucose");
  if (files.length > 0) await user.upload(field("Choose files"), files);
  return { ...api, ...view, session };
}

async function signIn(password = "correct horse battery") {
  const dialog = await asked();
  await fill(dialog.getByLabelText(/^Password/), password);
  await user.click(dialog.getByText("Sign in", { selector: "button *" }));
}

test("what was typed waits out of sight for the same person, and is then sent once", async () => {
  const { session, asked: sent, router } = await write();
  session.end();
  await comeBack();
  const dialog = await asked();
  expect(field(/^Test/)).not.toBeVisible();
  expect(screen.getAllByText(/Anna Nguyen/)[0]).not.toBeVisible();
  expect(document.title).toBe("You were signed out");
  expect(dialog.getByText(/sign in again as Ada Admin/)).toBeVisible();
  expect(dialog.getByLabelText(/E-mail/)).toHaveValue("admin@demo.test");
  await waitFor(() => expect(dialog.getByLabelText(/^Password/)).toHaveFocus());
  await user.keyboard("{Escape}");
  expect(isAsked()).toBe(true);
  expect(await violations(document.querySelector("#signed-out") ?? document.body)).toEqual([]);

  await signIn();
  await waitFor(() => expect(isAsked()).toBe(false));
  expect(field(/^Test/)).toBeVisible();
  expect(field(/^Test/)).toHaveValue("Glucose");
  expect(router.state.location.pathname).toBe("/lab-results");
  await save();
  expect(await screen.findByText("Saved.")).toBeInTheDocument();
  expect(sent.created).toEqual([
    expect.objectContaining({ patient_id: ANNA, test_name: "Glucose" }),
  ]);
});

test("Save finds the session over: after the second factor it is pressed again, with its files", async () => {
  const { session, asked: sent, names } = await write([file("a.txt"), file("b.txt")]);
  session.askForCode();
  session.end();
  await save();
  await signIn();
  const dialog = await asked();
  await fill(await dialog.findByLabelText(/Code from the app/), "123456");
  await user.click(dialog.getByText("Go on", { selector: "button *" }));
  await waitFor(() => expect(isAsked()).toBe(false));
  expect(sent.created).toEqual([]);
  await save();
  expect(await screen.findByText("Saved.")).toBeInTheDocument();
  expect(sent.created).toHaveLength(1);
  expect(names()).toEqual(["a.txt", "b.txt"]);
});

test("an upload that the end of the session cut off is tried again, and is there once", async () => {
  const { session, answering, asked: sent, names, kept } = await write([file("a.txt")]);
  answering(() => {
    session.end(); // its bytes are there, and nobody is signed in any more
    return HttpResponse.json({ code: "not_authenticated" }, { status: 401 });
  });
  await save();
  await signIn();
  await waitFor(() => expect(isAsked()).toBe(false));
  expect(names()).toEqual([]);
  answering(() => undefined);
  await user.click(screen.getByLabelText("Try a.txt again"));
  await waitFor(() => expect(names()).toEqual(["a.txt"]));
  expect(sent.created).toHaveLength(1);
  expect(kept.sent[1]?.key).toBe(kept.sent[0]?.key);
});

test("who signs in again in another tab finds the page as it was", async () => {
  const { session } = await write();
  session.end();
  await comeBack();
  await asked();
  session.enter(ADA);
  await comeBack();
  await waitFor(() => expect(isAsked()).toBe(false));
  await save();
  expect(await screen.findByText("Saved.")).toBeInTheDocument();
});

test("when somebody else signs in over it, nothing of the first one is shown, kept or sent", async () => {
  const { session, asked: sent } = await write([file("a.txt")]);
  window.sessionStorage.setItem("chartvault.message.ada", "typed by Ada");
  session.end();
  await comeBack();
  const dialog = await asked();
  await user.clear(dialog.getByLabelText(/E-mail/));
  await fill(dialog.getByLabelText(/E-mail/), BEN.user.email);
  await signIn();
  await waitFor(() => expect(isAsked()).toBe(false));
  await noForm();
  expect(screen.queryByText("a.txt")).toBeNull();
  expect(screen.queryByText(/Ada Admin/)).toBeNull();
  expect(window.sessionStorage).toHaveLength(0);
  expect(sent.created).toEqual([]);
  expect(session.writes.filter(({ by }) => by === BEN.user.email)).toEqual([]);
});

test("somebody else has signed in in another tab: Save sends nothing in their name", async () => {
  const { session, asked: sent } = await write([file("a.txt")]);
  session.enter(BEN);
  await save();
  await noForm();
  expect(sent.created).toEqual([]);
  expect(session.writes.filter(({ by }) => by === BEN.user.email)).toEqual([]);
});

test("a login of the same person in another tab does not keep Save from its work", async () => {
  const { session, asked: sent } = await write();
  session.enter(ADA);
  await save();
  expect(await screen.findByText("Saved.")).toBeInTheDocument();
  expect(sent.created).toHaveLength(1);
});

test("one may leave without saving, after one more word about it", async () => {
  const { session } = await write();
  session.end();
  await comeBack();
  const dialog = await asked();
  expect(leave()).toBe("asks");
  await user.click(dialog.getByText("Leave without saving"));
  expect(dialog.getByRole("alert")).toHaveTextContent("What is not saved will be lost.");
  await user.click(dialog.getByText("Stay here"));
  expect(isAsked()).toBe(true);
  await user.click(dialog.getByText("Leave without saving"));
  await user.click(dialog.getByText("Leave without saving"));
  await waitFor(() => expect(isAsked()).toBe(false));
  await noForm();
  expect(leave()).toBe("leaves"); // and the browser does not ask once more
});

test("with nothing to lose one signs in on the page for it, and comes back", async () => {
  recordsServer("lab-results", [aLab(1)]);
  const session = sessions();
  const { router } = renderSignedIn(<LabResultsPage />, ROUTE, `/lab-results/${idOf(1)}`);
  await screen.findByText("Edit");
  session.end();
  await comeBack();
  expect(await screen.findByRole("heading", { name: "Sign in" })).toBeVisible();
  expect(router.state.location.search).toBe(`?next=%2Flab-results%2F${idOf(1)}`);
  expect(isAsked()).toBe(false);
});
