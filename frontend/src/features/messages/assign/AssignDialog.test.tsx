import { act, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { afterEach, beforeEach, expect, test } from "vitest";
import { violations } from "@/test/axe";
import { held } from "@/test/held";
import { renderPage } from "@/test/render";
import { at, server } from "@/test/server";
import MessagesPage from "../MessagesPage";
import { answer, OTHER, page, problem, TALK, talk } from "../test/data";
import { answers, box, choose, png, send, withoutDrafts } from "../test/sending";

beforeEach(withoutDrafts);
afterEach(withoutDrafts);

const nobodys = talk({ patient_id: null, patient_name: "" });
const una = { id: OTHER, name: "Una Cole", date_of_birth: "1990-03-04", status: "active" };

const open = () =>
  renderPage(<MessagesPage />, { path: `/messages/${TALK}?unmatched=1`, route: "/messages/:id?" });

const hers = talk({ id: "c9", patient_id: OTHER, patient_name: "Una Cole" });

/** It becomes hers, once the server may; returns what was asked for. */
function becomesHers(until = Promise.resolve()): unknown[] {
  const asked: unknown[] = [];
  server.use(
    http.post(at(`/api/v1/conversations/${TALK}/assign`), async ({ request }) => {
      asked.push(await request.json());
      await until;
      return HttpResponse.json(hers);
    }),
  );
  return asked;
}

const candidates = (...list: object[]) =>
  server.use(
    http.get(at(`/api/v1/conversations/${TALK}/candidates`), () => HttpResponse.json(list)),
  );

test("a conversation of nobody is given to a candidate, after a question, and moves", async () => {
  answer({ talks: [nobodys, hers] });
  candidates(una);
  const asked = becomesHers();
  const { router } = open();
  expect(await screen.findByText("Nobody knows yet whose number this is.")).toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: "Say whose it is" }));
  const person = await screen.findByRole("button", { name: /Una Cole born 4 Mar 1990/ });
  expect(await violations(await screen.findByRole("dialog"))).toEqual([]);
  await userEvent.click(person);
  expect(asked).toEqual([]);
  expect(screen.getByText(/All its messages and files become theirs/)).toBeVisible();
  await userEvent.dblClick(screen.getByRole("button", { name: "Give it to Una Cole" }));
  await waitFor(() => expect(router.state.location.pathname).toBe("/messages/c9"));
  expect(router.state.location.search).toBe("");
  expect(asked).toEqual([{ patient_id: OTHER, from_patient_id: null }]);
  expect(await screen.findByText("The conversation is Una Cole's now.")).toBeVisible();
});

test("somebody else was faster: it says so, and another can be chosen", async () => {
  answer({ talks: [nobodys] });
  candidates();
  server.use(
    http.get(at("/api/v1/patients"), () =>
      HttpResponse.json(
        page([
          {
            id: OTHER,
            first_name: "Una",
            last_name: "Cole",
            date_of_birth: null,
            status: "inactive",
          },
        ]),
      ),
    ),
    http.post(at(`/api/v1/conversations/${TALK}/assign`), () =>
      problem(409, "assigned_meanwhile", "Somebody else has given this conversation away."),
    ),
  );
  open();
  await userEvent.click(await screen.findByRole("button", { name: "Say whose it is" }));
  expect(await screen.findByText("No patient whom you see has this number.")).toBeVisible();
  await userEvent.type(screen.getByRole("searchbox", { name: "Find another patient" }), "una");
  await userEvent.click(await screen.findByRole("button", { name: /Una Cole/ }));
  await userEvent.click(screen.getByRole("button", { name: "Give it to Una Cole" }));
  expect(await screen.findByRole("alert")).toHaveTextContent("Somebody else has given");
  await userEvent.click(screen.getByRole("button", { name: "Choose somebody else" }));
  expect(await screen.findByRole("searchbox", { name: "Find another patient" })).toBeVisible();
});

test("it is given away as they looked at it, by one press, and the dialog waits for it", async () => {
  const { wait, go } = held();
  answer({ talks: [nobodys, hers] });
  candidates(una);
  const asked = becomesHers(wait);
  const { client, router } = open();
  await userEvent.click(await screen.findByRole("button", { name: "Say whose it is" }));
  await userEvent.click(await screen.findByRole("button", { name: /Una Cole/ }));
  // The pressed button is gone; what is asked now has the focus.
  expect(screen.getByText(/Give this conversation to Una Cole/)).toHaveFocus();
  answer({ talks: [talk({ patient_name: "Kit Ash" }), hers] });
  await act(() => client.invalidateQueries({ queryKey: ["conversations", "one"] }));
  await screen.findByRole("heading", { name: "Kit Ash", hidden: true });
  await userEvent.click(screen.getByRole("button", { name: "Give it to Una Cole" }));
  expect(asked).toEqual([{ patient_id: OTHER, from_patient_id: null }]);
  await userEvent.keyboard("{Escape}");
  expect(screen.getByRole("dialog")).toBeVisible();
  go();
  await waitFor(() => expect(router.state.location.pathname).toBe("/messages/c9"));
});

test("what was begun goes along, pictures too, and stands with what was begun there", async () => {
  answer({ talks: [nobodys, hers] });
  candidates(una);
  becomesHers();
  const { router } = open();
  await userEvent.type(await box(), "Who is this?");
  choose(png("plan.png"));
  await act(() => router.navigate("/messages/c9"));
  await screen.findByRole("heading", { name: "Una Cole" });
  await userEvent.type(await box(), "Dear Una");
  await act(() => router.navigate(`/messages/${TALK}`));
  await userEvent.click(await screen.findByRole("button", { name: "Say whose it is" }));
  await userEvent.click(await screen.findByRole("button", { name: /Una Cole born/ }));
  await userEvent.click(screen.getByRole("button", { name: "Give it to Una Cole" }));
  await waitFor(() => expect(router.state.location.pathname).toBe("/messages/c9"));
  await waitFor(async () => expect(await box()).toHaveValue("Dear Una\n\nWho is this?"));
  expect(screen.getByRole("img", { name: "plan.png" })).toBeVisible();
  expect(screen.getByText(/Something was begun in two places/)).toBeVisible();
});

test("it is not given away while a message is being sent in it", async () => {
  const { wait, go } = held();
  answer({ talks: [nobodys] });
  candidates(una);
  answers(async () => {
    await wait;
    return HttpResponse.error();
  });
  open();
  await userEvent.type(await box(), "Who is this?");
  await userEvent.click(send());
  await userEvent.click(await screen.findByRole("button", { name: "Say whose it is" }));
  await userEvent.click(await screen.findByRole("button", { name: /Una Cole/ }));
  expect(screen.getByText(/A message is being sent in it/)).toBeVisible();
  expect(screen.getByRole("button", { name: "Give it to Una Cole" })).toBeDisabled();
  go();
  await waitFor(() =>
    expect(screen.getByRole("button", { name: "Give it to Una Cole" })).toBeEnabled(),
  );
});
