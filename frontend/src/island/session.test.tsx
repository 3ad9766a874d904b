import { act, fireEvent, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import type { Root } from "react-dom/client";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { clinic, RECORD } from "@/components/documents/fixtures/clinic";
import { violations } from "@/test/axe";
import { makeTestClient } from "@/test/render";
import { ADA, BEN, comeBack, sessions } from "@/test/sessions";
import { mountIslands } from "./mount";

let root: Root | null = null;
const submitted = vi.fn<(token: string) => void>();
const noted = (event: SubmitEvent) => {
  event.preventDefault();
  submitted(field("csrfmiddlewaretoken").value);
};

beforeEach(() => {
  submitted.mockClear();
  // Where no listener has kept the form back before.
  document.addEventListener("submit", noted);
  document.body.innerHTML = `
    <form action="/admin/x" method="post">
      <input type="hidden" name="csrfmiddlewaretoken" value="of-the-page">
      <input name="test_name" aria-label="Test name">
      <div data-document-manager data-entity-type="lab-results" data-entity-id="${RECORD}"
        data-mode="edit" data-operations="delete download preview upload" data-closed=""></div>
      <div data-plain><input type="hidden" name="d-TOTAL_FORMS" value="0"></div>
      <button type="submit">Save the page</button>
    </form>`;
});

afterEach(async () => {
  document.removeEventListener("submit", noted);
  await act(async () => {
    root?.unmount();
  });
  root = null;
  document.body.innerHTML = "";
});

function field(name: string): HTMLInputElement {
  const found = document.querySelector<HTMLInputElement>(`[name=${name}]`);
  if (!found) throw new Error(`There is no ${name}.`);
  return found;
}

const cookie = () => document.cookie.match(/csrftoken=([^;]+)/)?.[1];
const press = () => userEvent.click(screen.getByText("Save the page"));

/** A record's page in the admin where a file was chosen, and is not saved. */
async function choose() {
  const api = clinic();
  const session = sessions();
  await act(async () => {
    root = mountIslands(makeTestClient());
  });
  await screen.findByText("Choose files");
  const input = document.querySelector<HTMLInputElement>("[data-document-manager] [type=file]");
  const files = [new File(["Potassium 4.1"], "a.txt", { lastModified: 1, type: "text/plain" })];
  if (input) fireEvent.change(input, { target: { files } });
  await screen.findByText("a.txt");
  return { ...api, session };
}

test("files that wait outlive the session, and go with the page after signing in again", async () => {
  const { session, names, kept } = await choose();
  session.end();
  await comeBack();
  expect(await screen.findByText("Your session is over")).toBeVisible();
  expect(screen.getByText("a.txt")).toBeVisible();
  const link = screen.getByRole("link", { name: /Sign in/ });
  expect(link).toHaveAttribute("href", "/admin/login/");
  expect(link).toHaveAttribute("target", "_blank");
  expect(link).toHaveAttribute("rel", "noopener");
  expect(await violations()).toEqual([]);

  session.enter(ADA);
  await comeBack();
  await waitFor(() => expect(screen.queryByText("Your session is over")).toBeNull());
  expect(field("csrfmiddlewaretoken")).toHaveValue(cookie());
  await press();
  await waitFor(() => expect(submitted).toHaveBeenCalledExactlyOnceWith(cookie()));
  expect(names()).toEqual(["a.txt"]);
  expect(kept.sent).toHaveLength(1);
});

test("while the session is over the page is not sent to where all of it would be lost", async () => {
  const { session } = await choose();
  session.end();
  await comeBack();
  await screen.findByText("Your session is over");
  await userEvent.click(screen.getByRole("button", { name: /Remove.*a\.txt/ }));
  await press();
  const said = /The page was not saved: your session is over/;
  await waitFor(() => expect(screen.getAllByText(said)).toHaveLength(2));
  expect(submitted).not.toHaveBeenCalled();

  session.enter(ADA); // and Save is pressed before anything here has noticed
  await press();
  await waitFor(() => expect(submitted).toHaveBeenCalledExactlyOnceWith(cookie()));
});

test("Save finds the session over: the file stays, and is saved by the next press", async () => {
  const { session, names } = await choose();
  session.end();
  await press();
  expect(await screen.findByText("Your session is over")).toBeVisible();
  expect(submitted).not.toHaveBeenCalled();
  session.enter(ADA);
  await press();
  await waitFor(() => expect(submitted).toHaveBeenCalledExactlyOnceWith(cookie()));
  expect(names()).toEqual(["a.txt"]);
});

test.each([
  ["coming back to the page", comeBack],
  ["Save", press],
])("somebody else has signed in: the files are gone at %s, and nothing is sent", async (_, act) => {
  const { session, kept } = await choose();
  session.enter(BEN);
  await act();
  await waitFor(() => expect(screen.queryByText("a.txt")).toBeNull());
  expect(kept.sent).toEqual([]);
  expect(session.writes.filter(({ by }) => by === BEN.user.email)).toEqual([]);
  expect(submitted).not.toHaveBeenCalled();
  // The server refuses the page itself by the token of its first person.
  expect(field("csrfmiddlewaretoken")).not.toHaveValue(cookie());
});

test("with no files that wait the plain form is there again", async () => {
  const { session } = await choose();
  await userEvent.click(screen.getByRole("button", { name: /Remove.*a\.txt/ }));
  session.end();
  await comeBack();
  await waitFor(() => expect(screen.queryByText("Choose files")).toBeNull());
  expect(document.querySelector("[data-plain]")).toBeVisible();
});
