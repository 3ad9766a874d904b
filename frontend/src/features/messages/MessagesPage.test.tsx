import { act, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { afterEach, expect, test, vi } from "vitest";
import { violations } from "@/test/axe";
import { held } from "@/test/held";
import { renderPage, someone } from "@/test/render";
import { at, server } from "@/test/server";
import type { ThreadMessage } from "./data/order";
import MessagesPage from "./MessagesPage";
import { forgetDrafts } from "./reply/drafts";
import { answer, message, PATIENT, page, picture, problem, TALK, talk } from "./test/data";

afterEach(() => {
  vi.useRealTimers();
  forgetDrafts();
});

const TIMERS = ["setTimeout", "clearTimeout", "setInterval", "clearInterval"] as const;

const open = (path = "/messages", me = someone()) =>
  renderPage(<MessagesPage />, { path, route: "/messages/:id?", me });

test("the list says with whom, what was last said and how much is unread", async () => {
  const nobody = talk({ id: "c2", patient_id: null, patient_name: "", phone: "+61491570157" });
  const failed = talk({
    id: "c3",
    patient_name: "Kit Ash",
    last_message: { direction: "outbound", status: "failed", text: "Tomorrow" },
    opted_out: true,
  });
  answer({ talks: [talk({ unread_count: 3 }), nobody, failed] });
  const { container } = open();
  const first = await screen.findByRole("link", { name: /Ava Nguyen/ });
  expect(first).toHaveTextContent("Thank you");
  expect(within(first).getByRole("img", { name: "3 unread" })).toBeVisible();
  expect(screen.getByRole("link", { name: /\+61491570157/ })).toHaveTextContent("Of nobody yet");
  const third = screen.getByRole("link", { name: /Kit Ash/ });
  expect(third).toHaveTextContent("Not sent: Tomorrow");
  expect(third).toHaveTextContent("Wants no messages");
  expect(screen.getByText("Choose a conversation.")).toBeVisible();
  expect(await violations(container)).toEqual([]);
});

test("filters and search stand in the address and go to the server", async () => {
  const asked: string[] = [];
  answer();
  server.use(
    http.get(at("/api/v1/conversations"), ({ request }) => {
      asked.push(new URL(request.url).search);
      return HttpResponse.json(page([]));
    }),
  );
  const { router } = open();
  expect(await screen.findByText("Nobody has written yet.")).toBeVisible();
  await userEvent.click(screen.getByRole("radio", { name: "Unread" }));
  await waitFor(() => expect(asked).toContain("?unread=true"));
  expect(await screen.findByText("No conversation is like that.")).toBeVisible();
  await userEvent.click(screen.getByRole("radio", { name: "Of nobody yet" }));
  await waitFor(() => expect(asked).toContain("?unmatched=true"));
  await userEvent.type(screen.getByRole("searchbox"), "knee");
  await waitFor(() => expect(asked).toContain("?unmatched=true&search=knee"));
  expect(router.state.location.search).toBe("?unmatched=1&search=knee");
});

test("more conversations come when they are asked for", async () => {
  answer();
  server.use(
    http.get(at("/api/v1/conversations"), ({ request }) =>
      new URL(request.url).searchParams.get("cursor") === "two"
        ? HttpResponse.json(page([talk({ id: "c2", patient_name: "Kit Ash" })]))
        : HttpResponse.json(page([talk()], at("/api/v1/conversations?cursor=two"))),
    ),
  );
  open();
  await userEvent.click(await screen.findByRole("button", { name: "Show more" }));
  expect(await screen.findByRole("link", { name: /Kit Ash/ })).toBeVisible();
  expect(screen.getByRole("link", { name: /Ava Nguyen/ })).toBeVisible();
  expect(screen.queryByRole("button", { name: "Show more" })).toBeNull();
});

test("loading, an error with a retry, and who may not", async () => {
  let fails = true;
  answer();
  server.use(
    http.get(at("/api/v1/conversations"), () =>
      fails ? problem(500, "error", "It broke.") : HttpResponse.json(page([talk()])),
    ),
  );
  const { unmount } = open();
  expect(screen.getByRole("status")).toHaveTextContent("Loading …");
  expect(await screen.findByRole("alert")).toHaveTextContent("It broke.");
  fails = false;
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(await screen.findByRole("link", { name: /Ava Nguyen/ })).toBeVisible();
  unmount();

  open("/messages", someone({ role: "patient", abilities: [] }));
  expect(screen.getByRole("alert")).toHaveTextContent("This is not open to you.");
  expect(screen.queryByRole("button", { name: "New message" })).toBeNull();
});

test("a conversation reads like on a telephone", async () => {
  const messages = [
    message({ body: "My knee hurts", occurred_at: "2026-11-18T22:00:00Z", files: [picture()] }),
    message({
      body: "Please come in",
      direction: "outbound",
      status: "read",
      occurred_at: "2026-11-19T01:00:00Z",
    }),
    message({
      body: "",
      occurred_at: "2026-11-19T22:00:00Z",
      media: [
        {
          ordinal: 0,
          declared_type: "video/mp4",
          state: "refused",
          error_code: "type_not_taken",
          error: "No films.",
        },
        { ordinal: 1, declared_type: "image/png", state: "waiting", error_code: "", error: "" },
      ],
      files: [picture({ id: "d2", file_name: "plan.txt", preview_url: null })],
    }),
  ];
  answer({ messages });
  server.use(
    http.get(at("/api/v1/files/:id/preview"), () => new HttpResponse(null, { status: 404 })),
  );
  const { container } = open(`/messages/${TALK}`);
  const said = await screen.findByRole("region", { name: "What was said" });
  expect(await screen.findByRole("link", { name: /Ava Nguyen/ })).toBeVisible();
  // Days by the clinic's clock: Sydney is eleven hours ahead.
  const days = within(said)
    .getAllByRole("heading")
    .map((one) => one.textContent);
  expect(days).toEqual(["Thursday 19 November 2026", "Friday 20 November 2026"]);
  const [first, second, third] = within(said).getAllByRole("listitem");
  expect(first).toHaveTextContent("From Ava Nguyen:My knee hurts");
  expect(second).toHaveTextContent("Ada Admin:Please come in");
  expect(second).toHaveTextContent("Read");
  expect(third).toHaveTextContent("File 1 was refused. No films.");
  expect(third).toHaveTextContent("File 2 is being fetched.");
  expect(screen.getByRole("link", { name: "Download plan.txt" })).toHaveAttribute("download");
  expect(await violations(container)).toEqual([]);
  await userEvent.click(screen.getByRole("button", { name: "Open knee.jpg" }));
  expect(await screen.findByRole("dialog")).toBeVisible();
});

test("how far each has come is said in words, with what can be done", async () => {
  const all: [ThreadMessage["status"], string, string[]][] = [
    ["queued", "Waiting to be sent", ["Do not send"]],
    ["sending", "Being sent", []],
    ["sent", "Sent", []],
    ["delivered", "Delivered", []],
    ["undelivered", "Not delivered", ["Try again"]],
    ["failed", "Not sent", ["Try again"]],
    ["unclear", "Nobody knows whether it was sent", ["It was sent", "Send it again"]],
    ["canceled", "Cancelled", []],
    ["draft", "Draft, not sent", ["Discard the draft"]],
  ];
  const messages = all.map(([status]) =>
    message({ direction: "outbound", status, error: "Error 30005." }),
  );
  answer({ messages });
  open(`/messages/${TALK}`);
  const said = await screen.findByRole("region", { name: "What was said" });
  const bubbles = within(said).getAllByRole("listitem");
  for (const [place, [status, words, actions]] of all.entries()) {
    const bubble = bubbles[place] ?? said;
    expect(bubble).toHaveTextContent(words);
    const wrong = ["undelivered", "failed", "unclear"].includes(status);
    expect(bubble.textContent?.includes("Error 30005.")).toBe(wrong);
    const names = within(bubble)
      .queryAllByRole("button")
      .map((one) => one.textContent);
    expect(names).toEqual(actions);
  }
});

test.each([
  ["failed", "Try again", "retry", undefined],
  ["scheduled", "Do not send", "cancel", undefined],
  ["unclear", "It was sent", "settle", { was_sent: true }],
  ["unclear", "Send it again", "settle", { was_sent: false }],
] as const)("%s: “%s” is asked for once", async (status, name, way, body) => {
  const asked: unknown[] = [];
  const one = message({
    direction: "outbound",
    status,
    scheduled_at: status === "scheduled" ? "2026-11-21T01:00:00Z" : null,
  });
  answer({ messages: [one] });
  server.use(
    http.post(at(`/api/v1/messages/${one.id}/${way}`), async ({ request }) => {
      const text = await request.text();
      asked.push(text ? JSON.parse(text) : undefined);
      return problem(409, "message_state", "A message that is sent cannot be sent again.");
    }),
  );
  open(`/messages/${TALK}`);
  await userEvent.dblClick(await screen.findByRole("button", { name }));
  expect(await screen.findByText(/That could not be done: A message that is sent/)).toBeVisible();
  expect(asked).toEqual([body]);
});

test("older messages come at the top, once each, and new ones at the end", async () => {
  const old = message({ body: "The very first" });
  const middle = message({ body: "In the middle" });
  const { wait, go } = held();
  answer();
  server.use(
    http.get(at(`/api/v1/conversations/${TALK}/messages`), async ({ request }) => {
      if (new URL(request.url).searchParams.get("cursor") !== "older")
        return HttpResponse.json(
          page([message({ body: "The last" }), middle], at("/api/v1/x?cursor=older")),
        );
      await wait;
      return HttpResponse.json(page([middle, old]));
    }),
  );
  open(`/messages/${TALK}`);
  await userEvent.click(await screen.findByRole("button", { name: "Earlier messages" }));
  const loading = await screen.findByRole("button", { name: "Loading earlier messages …" });
  await userEvent.click(loading); // once more changes nothing
  expect(loading).toHaveFocus();
  go();
  expect(await screen.findByText("The very first")).toBeVisible();
  const said = screen.getByRole("region", { name: "What was said" });
  const bodies = within(said)
    .getAllByRole("listitem")
    .map((one) => one.textContent ?? "");
  expect(bodies.filter((text) => text.includes("In the middle"))).toHaveLength(1);
  expect(bodies[0]).toContain("The very first");
  expect(screen.getByText("This is the beginning of the conversation.")).toHaveFocus();
});

test("what is seen is read, as far as it was seen; marked as unread it stays so", async () => {
  vi.spyOn(document, "visibilityState", "get").mockReturnValue("visible");
  const upTo: unknown[] = [];
  const last = message({ read_at: null });
  answer({ talks: [talk({ unread_count: 1 })], messages: [last] });
  server.use(
    http.post(at(`/api/v1/conversations/${TALK}/read`), async ({ request }) => {
      upTo.push(await request.json());
      return HttpResponse.json(talk());
    }),
    http.post(at(`/api/v1/conversations/${TALK}/unread`), () =>
      HttpResponse.json(talk({ unread_count: 1 })),
    ),
  );
  open(`/messages/${TALK}`);
  await waitFor(() => expect(upTo).toEqual([{ up_to: last.id }]));
  await userEvent.click(screen.getByRole("button", { name: "More for this conversation" }));
  await userEvent.click(
    await screen.findByRole("menuitem", { name: "Mark as unread", hidden: true }),
  );
  await waitFor(() => expect(screen.getByText("Marked as unread.")).toBeInTheDocument());
  expect(upTo).toHaveLength(1);
});

test("it asks for what is new every ten seconds, and stops when the page is left", async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true, toFake: [...TIMERS] });
  let asked = 0;
  const said: ThreadMessage[] = [];
  answer();
  server.use(
    http.get(at(`/api/v1/conversations/${TALK}/messages`), () => {
      asked += 1;
      said.unshift(message({ body: `Number ${asked}` }));
      return HttpResponse.json(page(said));
    }),
  );
  const { unmount } = open(`/messages/${TALK}`);
  expect(await screen.findByText("Number 1")).toBeVisible();
  await act(() => vi.advanceTimersByTimeAsync(10_000));
  expect(await screen.findByText("Number 2")).toBeVisible();
  expect(screen.getByText("Number 1")).toBeVisible();
  const before = asked;
  unmount();
  await act(() => vi.advanceTimersByTimeAsync(60_000));
  expect(asked).toBe(before);
});

test("whoever may only look has no box and no menu", async () => {
  answer({ messages: [message({ direction: "outbound", status: "failed" })] });
  open(`/messages/${TALK}`, someone({ abilities: ["messages.view"] }));
  expect(await screen.findByRole("heading", { name: "Ava Nguyen" })).toBeVisible();
  await screen.findByText("Not sent", { exact: false });
  expect(screen.queryByRole("textbox", { name: "Message" })).toBeNull();
  expect(screen.queryByRole("button", { name: "Try again" })).toBeNull();
  expect(screen.queryByRole("button", { name: "More for this conversation" })).toBeNull();
});

test.each([
  [{ opted_out: true }, /wants no messages\. Its owner has to send START/],
  [{ phone: "", email: "ava@example.test" }, /old conversation by e-mail/],
])("a number that is not written to says so: %j", async (over, words) => {
  answer({ talks: [talk(over)] });
  open(`/messages/${TALK}`);
  expect(await screen.findByText(words)).toBeVisible();
  expect(screen.queryByRole("textbox", { name: "Message" })).toBeNull();
});

test("of one patient: their conversation, or a first message", async () => {
  const patient = {
    id: PATIENT,
    first_name: "Ava",
    last_name: "Nguyen",
    phone: "+61491570156",
    status: "active",
  };
  answer();
  server.use(http.get(at(`/api/v1/patients/${PATIENT}`), () => HttpResponse.json(patient)));
  const { router, unmount } = open(`/messages?patient=${PATIENT}`);
  await waitFor(() => expect(router.state.location.pathname).toBe(`/messages/${TALK}`));
  unmount();

  answer({ talks: [] });
  server.use(http.get(at(`/api/v1/patients/${PATIENT}`), () => HttpResponse.json(patient)));
  const second = open(`/messages?patient=${PATIENT}`);
  expect(await screen.findByRole("heading", { name: "New message to Ava Nguyen" })).toBeVisible();
  expect(screen.getByRole("textbox", { name: "Message" })).toBeVisible();
  second.unmount();

  server.use(
    http.get(at(`/api/v1/patients/${PATIENT}`), () =>
      HttpResponse.json({ ...patient, status: "deceased" }),
    ),
  );
  open(`/messages?patient=${PATIENT}`);
  expect(await screen.findByText(/deceased patients are not written to/)).toBeVisible();
  expect(screen.queryByRole("textbox", { name: "Message" })).toBeNull();
});
