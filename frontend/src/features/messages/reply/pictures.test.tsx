import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isHeld } from "@/components/documents/leaving";
import { at, server } from "@/test/server";
import { problem, sent, TALK } from "../test/data";
import {
  answers,
  box,
  choose,
  png,
  send,
  show,
  takesPictures,
  withoutDrafts,
} from "../test/sending";

beforeEach(withoutDrafts);
afterEach(withoutDrafts);

test("pictures are checked before anything is sent", async () => {
  show();
  const film = new File(["x"], "film.mp4", { type: "video/mp4" });
  choose(png("a.png"), film, png("empty.png", 0), png("big.png", 5_000_000));
  expect(await screen.findByRole("img", { name: "a.png" })).toBeVisible();
  const alert = screen.getByRole("alert");
  expect(alert).toHaveTextContent("film.mp4 is no JPEG, PNG or GIF picture.");
  expect(alert).toHaveTextContent("empty.png is empty.");
  expect(alert).toHaveTextContent("big.png makes the pictures too large");
  choose(...Array.from({ length: 12 }, (_, n) => png(`${n}.png`)));
  // Said once, however many are too many.
  expect(await screen.findByText("At most 10 pictures go with a message.")).toBeVisible();
  expect(screen.getAllByRole("img")).toHaveLength(10);
  await userEvent.click(screen.getByRole("button", { name: "Remove a.png" }));
  expect(screen.queryByRole("img", { name: "a.png" })).toBeNull();
  expect(await box()).toHaveFocus();
});

test("a message with pictures is a draft, gets its files, and goes", async () => {
  const did = takesPictures();
  const { done } = show();
  choose(png("a.png"), png("b.png"));
  await userEvent.click(send());
  await waitFor(() => expect(done).toHaveBeenCalledTimes(1));
  expect(did.asked[0]?.body).toMatchObject({ draft: true });
  expect(did.kept.size).toBe(2);
  expect(screen.queryByRole("img")).toBeNull();
});

test("an upload whose answer was lost is kept once, and so is the sending", async () => {
  const did = takesPictures({ lostUploads: 1, lostSends: 1 });
  const { done } = show();
  choose(png("a.png"), png("b.png"));
  await userEvent.click(send());
  await screen.findByText(/goes out only once/);
  expect(did.uploads).toHaveLength(1);
  await userEvent.click(send());
  await waitFor(() => expect(did.sends).toBe(1));
  await screen.findByText(/goes out only once/);
  await waitFor(() => expect(send()).toBeEnabled());
  await userEvent.click(send());
  await waitFor(() => expect(done).toHaveBeenCalledTimes(1));
  // The first one once more, under its own key; the third try sends none again.
  expect(did.uploads).toHaveLength(3);
  expect(did.kept.size).toBe(2);
  expect(new Set(did.asked.map((one) => one.key)).size).toBe(1);
});

test("a picture that is refused is named; without it the message is another one", async () => {
  const did = takesPictures({ refused: true });
  const { done } = show();
  await userEvent.type(await box(), "Look");
  choose(png("a.png"));
  await userEvent.click(send());
  expect(await screen.findByText("a.png: It is no picture.")).toBeVisible();
  expect(await box()).toHaveValue("Look");
  await userEvent.click(screen.getByRole("button", { name: "Remove a.png" }));
  expect(screen.queryByText("a.png: It is no picture.")).toBeNull();
  await userEvent.click(send());
  await waitFor(() => expect(done).toHaveBeenCalledTimes(1));
  expect(did.cancels).toBe(1);
  expect(did.asked[1]?.body).toEqual({ conversation_id: TALK, body: "Look", draft: false });
  expect(did.asked[1]?.key).not.toBe(did.asked[0]?.key);
});

test("a refusal that is not about the picture does not name it", async () => {
  takesPictures();
  server.use(
    http.post(at("/api/v1/messages/e1/files"), () => problem(409, "busy", "It is being received.")),
  );
  show();
  choose(png("a.png"));
  await userEvent.click(send());
  expect(await screen.findByText("It is being received.")).toBeVisible();
});

test("a draft that is no more does not keep the next message from being sent", async () => {
  takesPictures({ refused: true });
  server.use(
    http.post(at("/api/v1/messages/e1/cancel"), () => problem(404, "not_found", "Nothing here.")),
  );
  const { done } = show();
  await userEvent.type(await box(), "Look");
  choose(png("a.png"));
  await userEvent.click(send());
  await screen.findByText("a.png: It is no picture.");
  await userEvent.click(screen.getByRole("button", { name: "Remove a.png" }));
  await userEvent.click(send());
  await waitFor(() => expect(done).toHaveBeenCalledTimes(1));
});

test("the browser asks before a page with chosen pictures is left", async () => {
  takesPictures();
  const { done } = show();
  expect(isHeld()).toBe(false);
  choose(png("a.png"));
  expect(isHeld()).toBe(true);
  await userEvent.click(send());
  await waitFor(() => expect(done).toHaveBeenCalled());
  expect(isHeld()).toBe(false);
});

test("a key that was used for another message says so, and the next press has a new one", async () => {
  const asked = answers(
    () => problem(409, "idempotency_key_used", "This Idempotency-Key was used."),
    () => HttpResponse.json(sent(), { status: 201 }),
  );
  const { done } = show();
  await userEvent.type(await box(), "Tomorrow?");
  await userEvent.click(send());
  expect(await screen.findByRole("alert")).toHaveTextContent("An earlier attempt was sent");
  expect(await box()).toHaveValue("Tomorrow?");
  await userEvent.click(send());
  await waitFor(() => expect(done).toHaveBeenCalled());
  expect(asked[1]?.key).not.toBe(asked[0]?.key);
});
