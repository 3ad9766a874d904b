import { fireEvent, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { violations } from "@/test/axe";
import { renderPage, someone } from "@/test/render";
import { at, server } from "@/test/server";
import { page, picture, problem, sent, TALK } from "../test/data";
import { forgetDrafts, type Target } from "./drafts";
import { ReplyBox } from "./ReplyBox";

const here: Target = { kind: "conversation", id: TALK };
const png = (name = "knee.png", size = 100) =>
  new File([new Uint8Array(size)], name, { type: "image/png" });

type Asked = { key: string | null; body: unknown };
let asked: Asked[] = [];
let uploads = 0;
let done = vi.fn();

beforeEach(() => {
  asked = [];
  uploads = 0;
  done = vi.fn();
  URL.createObjectURL = () => "blob:picture";
  URL.revokeObjectURL = () => undefined;
});
afterEach(() => {
  forgetDrafts();
  window.sessionStorage.clear();
});

const show = (target = here) =>
  renderPage(<ReplyBox target={target} onSent={done} />, {
    me: someone({ abilities: ["messages.add", "templates.view"] }),
  });
const box = () => screen.findByRole("textbox", { name: "Message" });
const send = () => screen.getByRole("button", { name: "Send" });

/** Let the server answer a new message with these, one after the other. */
function answers(...list: (() => Response)[]) {
  server.use(
    http.post(at("/api/v1/messages"), async ({ request }) => {
      asked.push({ key: request.headers.get("Idempotency-Key"), body: await request.json() });
      return (list[asked.length - 1] ?? list.at(-1) ?? HttpResponse.error)();
    }),
  );
}
const good =
  (over = {}) =>
  () =>
    HttpResponse.json(sent(over), { status: 201 });

test("Ctrl and Enter send a text, and two presses send it once", async () => {
  answers(good());
  const { container } = show();
  expect(send()).toBeDisabled();
  await userEvent.type(await box(), "Your brace is ready.");
  expect(screen.getByText("1 message · 140 characters left")).toBeVisible();
  expect(await violations(container)).toEqual([]);
  await userEvent.keyboard("{Control>}{Enter}{Enter}{/Control}");
  await waitFor(() => expect(done).toHaveBeenCalledTimes(1));
  expect(asked).toHaveLength(1);
  expect(asked[0]?.key).toMatch(/^[0-9a-f]{32}$/);
  expect(asked[0]?.body).toEqual({
    conversation_id: TALK,
    body: "Your brace is ready.",
    draft: false,
  });
  expect(await box()).toHaveValue("");
  expect(await box()).toHaveFocus();
  expect(screen.getByText("The message is on its way.")).toBeVisible();
  expect(window.sessionStorage).toHaveLength(0);
});

test("a lost answer keeps the text, and the next press has the same key", async () => {
  answers(() => HttpResponse.error(), good());
  show();
  await userEvent.type(await box(), "Tomorrow?");
  await userEvent.click(send());
  expect(await screen.findByRole("alert")).toHaveTextContent("it goes out only once");
  expect(await box()).toHaveValue("Tomorrow?");
  await userEvent.click(send());
  await waitFor(() => expect(done).toHaveBeenCalled());
  expect(asked).toHaveLength(2);
  expect(asked[1]?.key).toBe(asked[0]?.key);
});

test("after a lost answer and a reload it is still the same key; another text has another", async () => {
  answers(() => HttpResponse.error());
  const { unmount } = show();
  await userEvent.type(await box(), "Tomorrow?");
  await userEvent.click(send());
  await screen.findByRole("alert");
  unmount();
  forgetDrafts(); // what a reload leaves is the browser's store
  show();
  expect(await box()).toHaveValue("Tomorrow?");
  await userEvent.click(send());
  await screen.findByRole("alert");
  await userEvent.type(await box(), "!");
  await userEvent.click(send());
  await waitFor(() => expect(asked).toHaveLength(3));
  expect(asked[1]?.key).toBe(asked[0]?.key);
  expect(asked[2]?.key).not.toBe(asked[0]?.key);
});

test("each conversation has a draft of its own", async () => {
  const { unmount } = show();
  await userEvent.type(await box(), "For Ava");
  unmount();
  const other = show({ kind: "conversation", id: "c2" });
  expect(await box()).toHaveValue("");
  other.unmount();
  show();
  expect(await box()).toHaveValue("For Ava");
});

test("a refusal stands beside its field, or above where it has none", async () => {
  answers(
    () => problem(400, "missing_placeholder", "{clinician} cannot be filled in.", "body"),
    () => problem(409, "opted_out", "This number wants no messages.", "patient_id"),
  );
  show({ kind: "patient", id: "p1" });
  await userEvent.type(await box(), "Dear [[clinician]");
  await userEvent.click(send());
  await waitFor(() =>
    expect(screen.getByRole("textbox", { name: "Message" })).toHaveAccessibleDescription(
      /cannot be filled in/,
    ),
  );
  expect(screen.queryByRole("alert")).toBeNull();
  await userEvent.click(send());
  expect(await screen.findByRole("alert")).toHaveTextContent("This number wants no messages.");
  expect(asked[0]?.body).toMatchObject({ patient_id: "p1" });
});

test("a time is by the clinic's clock, and nothing goes without it", async () => {
  answers(good({ status: "scheduled" }));
  show();
  await userEvent.type(await box(), "Remember tomorrow");
  await userEvent.click(screen.getByRole("button", { name: "Send later" }));
  const button = screen.getByRole("button", { name: "Schedule" });
  expect(button).toBeDisabled();
  const when = screen.getByLabelText("To be sent on");
  expect(when).toHaveAccessibleDescription("By the clinic's clock (Australia/Sydney)");
  fireEvent.change(when, { target: { value: "2026-11-27T09:00" } });
  await userEvent.click(button);
  await waitFor(() => expect(done).toHaveBeenCalled());
  expect(asked[0]?.body).toMatchObject({ scheduled_at: "2026-11-27T09:00" });
  expect(screen.getByText("The message will be sent at its time.")).toBeVisible();
});

test("a template takes the place of the text, which is kept", async () => {
  const templates = [{ id: "t1", name: "Ready", body: "Dear {first_name}", is_active: true }];
  server.use(http.get(at("/api/v1/message-templates"), () => HttpResponse.json(page(templates))));
  answers(good());
  show();
  await userEvent.type(await box(), "Mine");
  await userEvent.click(screen.getByRole("button", { name: "Template" }));
  await userEvent.click(await screen.findByRole("menuitem", { name: "Ready", hidden: true }));
  expect(await screen.findByText("Dear {first_name}")).toBeVisible();
  expect(screen.queryByRole("textbox", { name: "Message" })).toBeNull();
  await userEvent.click(screen.getByRole("button", { name: "Write something else" }));
  expect(await box()).toHaveValue("Mine");
  await userEvent.click(screen.getByRole("button", { name: "Template" }));
  await userEvent.click(await screen.findByRole("menuitem", { name: "Ready", hidden: true }));
  await userEvent.click(send());
  await waitFor(() => expect(done).toHaveBeenCalled());
  expect(asked[0]?.body).toEqual({
    conversation_id: TALK,
    body: "",
    template_id: "t1",
    draft: false,
  });
});

test("pictures are checked before anything is sent", async () => {
  show();
  const choose = screen.getByLabelText("Add pictures", { selector: "input" });
  const film = new File(["x"], "film.mp4", { type: "video/mp4" });
  fireEvent.change(choose, {
    target: { files: [png("a.png"), film, png("empty.png", 0), png("big.png", 5_000_000)] },
  });
  expect(await screen.findByRole("img", { name: "a.png" })).toBeVisible();
  const alert = screen.getByRole("alert");
  expect(alert).toHaveTextContent("film.mp4 is no JPEG, PNG or GIF picture.");
  expect(alert).toHaveTextContent("empty.png is empty.");
  expect(alert).toHaveTextContent("big.png makes the pictures too large");
  fireEvent.change(choose, {
    target: { files: Array.from({ length: 10 }, (_, n) => png(`${n}.png`)) },
  });
  expect(await screen.findByText("At most 10 pictures go with a message.")).toBeVisible();
  expect(screen.getAllByRole("img")).toHaveLength(10);
  await userEvent.click(screen.getByRole("button", { name: "Remove a.png" }));
  expect(screen.queryByRole("img", { name: "a.png" })).toBeNull();
});

/** A draft that takes pictures; `lost` answers of uploads and of the sending do not arrive. */
function takesPictures({ lostUploads = 0, lostSends = 0, refused = false } = {}) {
  let kept = 0;
  let status: "draft" | "queued" = "draft";
  let sends = 0;
  const one = () => HttpResponse.json(sent({ id: "e1", status }), { status: 201 });
  answers(one);
  server.use(
    http.post(at("/api/v1/messages/e1/files"), () => {
      uploads += 1;
      if (refused) return problem(415, "type_mismatch", "It is no picture.");
      kept += 1;
      return uploads <= lostUploads
        ? HttpResponse.error()
        : HttpResponse.json(picture(), { status: 201 });
    }),
    http.get(at("/api/v1/messages/e1/files"), () =>
      HttpResponse.json(page(Array.from({ length: kept }, () => picture({ file_size: 100 })))),
    ),
    http.post(at("/api/v1/messages/e1/send"), () => {
      sends += 1;
      if (status !== "draft") return problem(409, "not_draft", "This message has been sent.");
      status = "queued";
      return sends <= lostSends ? HttpResponse.error() : one();
    }),
    http.get(at("/api/v1/messages/e1"), one),
    http.post(at("/api/v1/messages/e1/cancel"), () =>
      HttpResponse.json(sent({ status: "canceled" })),
    ),
  );
}

const choose = (...files: File[]) =>
  fireEvent.change(screen.getByLabelText("Add pictures", { selector: "input" }), {
    target: { files },
  });

test("a message with pictures is a draft, gets its files, and goes", async () => {
  takesPictures();
  show();
  choose(png("a.png"), png("b.png"));
  await userEvent.click(send());
  await waitFor(() => expect(done).toHaveBeenCalledTimes(1));
  expect(asked[0]?.body).toMatchObject({ draft: true });
  expect(uploads).toBe(2);
  expect(screen.queryByRole("img")).toBeNull();
});

test("an upload whose answer was lost is not made twice, nor the sending", async () => {
  takesPictures({ lostUploads: 1, lostSends: 1 });
  show();
  choose(png("a.png"), png("b.png"));
  await userEvent.click(send());
  await screen.findByText(/goes out only once/);
  expect(uploads).toBe(1);
  await userEvent.click(send());
  await waitFor(() => expect(uploads).toBe(2)); // the first is there: only the second
  await screen.findByText(/goes out only once/);
  await waitFor(() => expect(send()).toBeEnabled());
  await userEvent.click(send());
  await waitFor(() => expect(done).toHaveBeenCalledTimes(1));
  expect(uploads).toBe(2);
  expect(new Set(asked.map((one) => one.key)).size).toBe(1);
});

test("a picture that is refused is named; without it the message is another one", async () => {
  takesPictures({ refused: true });
  show();
  await userEvent.type(await box(), "Look");
  choose(png("a.png"));
  await userEvent.click(send());
  expect(await screen.findByText("a.png: It is no picture.")).toBeVisible();
  expect(await box()).toHaveValue("Look");
  await userEvent.click(screen.getByRole("button", { name: "Remove a.png" }));
  await userEvent.click(send());
  await waitFor(() => expect(done).toHaveBeenCalledTimes(1));
  expect(asked[1]?.body).toEqual({ conversation_id: TALK, body: "Look", draft: false });
  expect(asked[1]?.key).not.toBe(asked[0]?.key);
});

test("more than 1,600 characters are not sent", async () => {
  show();
  fireEvent.change(await box(), { target: { value: "a".repeat(1601) } });
  expect(await screen.findByText(/has 1600 characters at most; this one has 1601/)).toBeVisible();
  expect(send()).toBeDisabled();
});
