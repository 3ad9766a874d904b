import { screen, waitFor, within } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { expect, test } from "vitest";
import { problem } from "@/components/documents/fixtures/clinic";
import {
  aPatient,
  asPatient,
  opened,
  settled,
  theDialog,
} from "@/features/records/fixtures/records";
import { violations } from "@/test/axe";
import { held } from "@/test/held";
import { server } from "@/test/server";
import { openPatient } from "./test/openPatient";

/** The next change is stored when the test lets it be. */
function storesLater(one: string): () => void {
  const { wait, go } = held();
  server.use(
    http.patch(one, async () => {
      await wait;
      return HttpResponse.json(aPatient({ address: "2 Hill Street" }), {
        headers: { ETag: '"2"' },
      });
    }),
  );
  return go;
}

test("patients see and change what is theirs", async () => {
  const { client, user, changed } = await openPatient({ me: asPatient() });
  await settled(client);
  for (const text of ["Archive", "Export everything", "Login", "Add a guardian", "Messages"])
    expect(screen.queryByText(text)).toBeNull();
  await user.click(await screen.findByText("Change phone and address"));
  expect(within(await opened()).queryByLabelText("First name")).toBeNull();
  await user.clear(await screen.findByLabelText("Phone"));
  await user.type(screen.getByLabelText("Phone"), "+61400000000");
  expect(await violations(theDialog())).toEqual([]);
  await user.dblClick(screen.getByText("Save"));
  expect(await screen.findByText("+61400000000")).toBeVisible();
  expect(changed).toEqual([{ phone: "+61400000000" }]);
});

test("somebody else's change meanwhile is shown, and mine is kept", async () => {
  const { user, state, changed } = await openPatient();
  await user.click(await screen.findByText("Edit"));
  await user.clear(await screen.findByLabelText("Phone"));
  await user.type(screen.getByLabelText("Phone"), "+61400000000");
  state.patient = { ...state.patient, address: "2 New Street" };
  state.tag = 7;
  await user.click(screen.getByText("Save"));
  expect(await screen.findByText("Somebody else has changed this meanwhile")).toBeVisible();
  expect(within(theDialog()).getByText("2 New Street")).toBeVisible();
  await user.click(screen.getByText("Keep mine where both changed"));
  expect(screen.getByLabelText("Address")).toHaveValue("2 New Street");
  await user.click(screen.getByText("Save"));
  await waitFor(() => expect(changed).toEqual([{ phone: "+61400000000" }]));
});

test("messages of the server stand beside their fields", async () => {
  const { user, one } = await openPatient();
  server.use(
    http.patch(one, () => problem(400, "invalid", "Enter a valid phone number.", "phone")),
  );
  await user.click(await screen.findByText("Edit"));
  await user.type(await screen.findByLabelText("Phone"), "1");
  await user.click(screen.getByText("Save"));
  await waitFor(() => expect(screen.getByLabelText("Phone")).toHaveFocus());
  expect(screen.getByLabelText("Phone")).toHaveAccessibleDescription(/valid phone number/);
});

test("while a change is stored nothing can be typed that would be lost", async () => {
  const { user, one } = await openPatient();
  const go = storesLater(one);
  await user.click(await screen.findByText("Edit"));
  const address = within(await opened()).getByLabelText("Address");
  await user.type(address, "!");
  await user.click(within(theDialog()).getByText("Save"));
  await waitFor(() => expect(address).toBeDisabled());
  expect(within(theDialog()).getByText("Cancel").closest("button")).toBeDisabled();
  go();
  await waitFor(() => expect(document.querySelector('[role="dialog"]')).toBeNull());
});

test("who left a form while it was stored keeps the next one that they write in", async () => {
  const { user, one } = await openPatient();
  const go = storesLater(one);
  const address = () => within(theDialog()).getByLabelText("Address");
  await user.click(await screen.findByText("Edit"));
  await opened();
  await user.type(address(), "!");
  await user.click(within(theDialog()).getByText("Save"));
  await waitFor(() => expect(address()).toBeDisabled());
  await user.keyboard("{Escape}");
  await user.click(await screen.findByText("Leave without saving"));
  await user.click(await screen.findByText("Edit"));
  await user.type(address(), " and more");
  go();
  expect(await screen.findByText("2 Hill Street")).toBeVisible(); // on the page behind it
  expect(address()).toHaveValue("1 Hill Street and more");
});
