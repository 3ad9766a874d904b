import { act, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { afterEach, beforeEach, expect, test } from "vitest";
import { renderPage } from "@/test/render";
import { at, server } from "@/test/server";
import MessagesPage from "../MessagesPage";
import { answer, PATIENT, problem, TALK } from "../test/data";
import { answers, box, choose, png, send, withoutDrafts } from "../test/sending";

const patient = {
  id: PATIENT,
  first_name: "Ava",
  last_name: "Nguyen",
  phone: "+61491570156",
  status: "active",
};

beforeEach(() => {
  withoutDrafts();
  server.use(http.get(at(`/api/v1/patients/${PATIENT}`), () => HttpResponse.json(patient)));
});
afterEach(withoutDrafts);

const open = () =>
  renderPage(<MessagesPage />, { path: `/messages?patient=${PATIENT}`, route: "/messages/:id?" });

/** The page asks again, as it does every few seconds. */
const lookAgain = ({ client }: ReturnType<typeof open>) =>
  act(() => client.invalidateQueries({ queryKey: ["conversations"] }));

test("a conversation that comes up while one writes takes what was begun along, when asked to", async () => {
  answer({ talks: [] });
  const page = open();
  await userEvent.type(await box(), "Welcome");
  choose(png("plan.png"));
  answer();
  await lookAgain(page);
  expect(await screen.findByText(/There is a conversation with this patient by now/)).toBeVisible();
  expect(await box()).toHaveFocus();
  await userEvent.type(await box(), " to us");
  await userEvent.click(screen.getByRole("button", { name: "Open the conversation" }));
  await waitFor(() => expect(page.router.state.location.pathname).toBe(`/messages/${TALK}`));
  await waitFor(async () => expect(await box()).toHaveValue("Welcome to us"));
  expect(screen.getByRole("img", { name: "plan.png" })).toBeVisible();
  // It stands there alone.
  expect(window.sessionStorage).toHaveLength(1);
});

test("who has written nothing is taken to the conversation that comes up", async () => {
  answer({ talks: [] });
  const page = open();
  await box();
  answer();
  await lookAgain(page);
  await waitFor(() => expect(page.router.state.location.pathname).toBe(`/messages/${TALK}`));
});

test("a first message that was begun earlier is in the conversation that there is by now", async () => {
  answer({ talks: [] });
  const { unmount } = open();
  await userEvent.type(await box(), "Welcome");
  unmount();
  answer();
  const { router } = open();
  await waitFor(() => expect(router.state.location.pathname).toBe(`/messages/${TALK}`));
  await waitFor(async () => expect(await box()).toHaveValue("Welcome"));
});

test("a first message whose answer was lost has the same key in the conversation", async () => {
  answer({ talks: [] });
  const asked = answers(() => HttpResponse.error());
  const page = open();
  await userEvent.type(await box(), "Welcome");
  await userEvent.click(send());
  await screen.findByText(/goes out only once/);
  answer();
  await lookAgain(page);
  await userEvent.click(await screen.findByRole("button", { name: "Open the conversation" }));
  // What is wrong is still said there.
  await screen.findByRole("heading", { name: "Ava Nguyen" });
  expect(await screen.findByText(/goes out only once/)).toBeVisible();
  await userEvent.click(send());
  await waitFor(() => expect(asked).toHaveLength(2));
  expect(asked[1]?.key).toBe(asked[0]?.key);
  expect(asked[1]?.body).toMatchObject({ conversation_id: TALK, body: "Welcome" });
});

test("a patient who is not there for them: it says so, and there is a way back", async () => {
  answer({ talks: [] });
  server.use(
    http.get(at(`/api/v1/patients/${PATIENT}`), () => problem(404, "not_found", "Nothing.")),
  );
  open();
  expect(await screen.findByRole("alert")).toHaveTextContent("There is no such patient for you.");
  expect(screen.getByLabelText("All conversations")).toHaveAttribute("href", "/messages");
});
