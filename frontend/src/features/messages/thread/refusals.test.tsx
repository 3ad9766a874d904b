import { act, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { afterEach, beforeEach, expect, test } from "vitest";
import { violations } from "@/test/axe";
import { renderPage, someone } from "@/test/render";
import { at, server } from "@/test/server";
import MessagesPage from "../MessagesPage";
import { answer, message, page, problem, TALK, talk } from "../test/data";
import { answers, box, choose, png, send, withoutDrafts } from "../test/sending";

beforeEach(withoutDrafts);
afterEach(withoutDrafts);

const open = (me = someone()) =>
  renderPage(<MessagesPage />, { path: `/messages/${TALK}`, route: "/messages/:id?", me });

const lookAgain = ({ client }: ReturnType<typeof open>) =>
  act(() => client.invalidateQueries({ queryKey: ["conversations"] }));

const secret = "My knee hurts";

test("a conversation that vanishes says what to do, and what was being written is still there", async () => {
  answer({ messages: [message({ body: secret })] });
  const shown = open();
  await userEvent.type(await box(), "Please come in");
  choose(png("plan.png"));
  await screen.findByText(secret);
  answer({ talks: [] });
  await lookAgain(shown);
  await screen.findByText("This conversation is not here for you any more.");
  const alert = screen.getByRole("alert");
  expect(alert).toHaveTextContent("Look for the patient in the list.");
  expect(screen.queryByText(secret)).toBeNull();
  expect(screen.queryByRole("heading", { name: "Ava Nguyen" })).toBeNull();
  const kept = screen.getByRole("textbox", { name: "What you had begun to write" });
  expect(kept).toHaveValue("Please come in");
  expect(screen.getByRole("link", { name: "Download plan.png" })).toHaveAttribute("download");
  expect(screen.getByLabelText("All conversations")).toBeInTheDocument();
  expect(await violations(shown.container)).toEqual([]);
  await userEvent.click(screen.getByRole("button", { name: "Discard it" }));
  expect(screen.queryByRole("textbox", { name: "What you had begun to write" })).toBeNull();
  expect(window.sessionStorage).toHaveLength(0);
});

test("whose right is taken away sees nothing of it any more: neither the list nor what was said", async () => {
  answer({ messages: [message({ body: secret })] });
  const shown = open();
  await userEvent.type(await box(), "Please come in");
  await screen.findByText(secret);
  await screen.findByRole("link", { name: /Ava Nguyen/ });
  const no = () => problem(403, "not_permitted", "Your role does not allow this.");
  server.use(
    http.get(at("/api/v1/conversations"), no),
    http.get(at("/api/v1/conversations/:id"), no),
    http.get(at("/api/v1/conversations/:id/messages"), no),
  );
  await lookAgain(shown);
  await waitFor(() => expect(screen.getAllByText("This is not open to you.")).toHaveLength(2));
  expect(screen.queryByText(secret)).toBeNull();
  expect(screen.queryByText(/Ava Nguyen/)).toBeNull();
  expect(screen.getByRole("textbox", { name: "What you had begun to write" })).toBeVisible();
});

test("a number that opts out while one writes does not take the text away", async () => {
  answer();
  const shown = open();
  await userEvent.type(await box(), "Please come in");
  answer({ talks: [talk({ opted_out: true })] });
  await lookAgain(shown);
  expect(await screen.findByText(/wants no messages\. Its owner/)).toBeVisible();
  expect(screen.getByRole("textbox", { name: "What you had begun to write" })).toHaveValue(
    "Please come in",
  );
});

test("who is not signed in any more is told so, and keeps the text", async () => {
  answer();
  const shown = open();
  await userEvent.type(await box(), "Please come in");
  server.use(
    http.get(at("/api/v1/conversations/:id/messages"), () => problem(401, "error", "Log in.")),
  );
  answers(() => problem(401, "error", "Log in."));
  await lookAgain(shown);
  expect(await screen.findByText(/You are not signed in any more/)).toBeVisible();
  await userEvent.click(send());
  expect(await screen.findByRole("alert")).toHaveTextContent("You are not signed in any more");
  expect(await box()).toHaveValue("Please come in");
});

test.each([
  [["gateways.change"], "no company that carries messages is connected", true],
  [[], "Ask an administrator of your clinic to connect one", false],
])("no company is connected: %j are told what to do", async (more, words, link) => {
  answer();
  answers(() => problem(409, "no_gateway", "No gateway is switched on."));
  open(someone({ abilities: ["messages.view", "messages.add", ...more] }));
  await userEvent.type(await box(), "Please come in");
  await userEvent.click(send());
  const alert = await screen.findByRole("alert");
  expect(alert).toHaveTextContent(words);
  const found = within(alert).queryByRole("link", { name: "Connect one" });
  expect(found !== null).toBe(link);
  if (found) expect(found).toHaveAttribute("href", "/admin/sms_integration/gateway/");
  expect(await box()).toHaveValue("Please come in");
});

test("a role that may not send is told whom to ask", async () => {
  answer();
  answers(() => problem(403, "not_permitted", "Your role does not allow this."));
  open();
  await userEvent.type(await box(), "Please come in");
  await userEvent.click(send());
  expect(await screen.findByRole("alert")).toHaveTextContent(
    /Your role does not allow this\..*ask an administrator/,
  );
});

test("more conversations that do not come: it says so", async () => {
  answer();
  server.use(
    http.get(at("/api/v1/conversations"), ({ request }) =>
      new URL(request.url).searchParams.has("cursor")
        ? HttpResponse.error()
        : HttpResponse.json(page([talk()], at("/api/v1/conversations?cursor=two"))),
    ),
  );
  open();
  await userEvent.click(await screen.findByRole("button", { name: "Show more" }));
  expect(await screen.findByRole("alert")).toHaveTextContent("More could not be loaded.");
  expect(screen.getByRole("link", { name: /Ava Nguyen/ })).toBeVisible();
});
