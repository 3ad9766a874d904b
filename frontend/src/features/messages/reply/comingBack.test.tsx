import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { afterEach, beforeEach, expect, test } from "vitest";
import { held } from "@/test/held";
import { at, server } from "@/test/server";
import { picture, sent, TALK } from "../test/data";
import {
  answers,
  box,
  choose,
  chooseTemplate,
  good,
  hasTemplate,
  png,
  send,
  show,
  takesPictures,
  withoutDrafts,
} from "../test/sending";

beforeEach(withoutDrafts);
afterEach(withoutDrafts);

test("a reply that is being sent is not sent twice by who leaves the page and comes back", async () => {
  const { wait, go } = held();
  const did = takesPictures({ until: wait });
  const { unmount } = show();
  await userEvent.type(await box(), "Look");
  choose(png("a.png"), png("b.png"));
  await userEvent.click(send());
  await waitFor(() => expect(did.sends).toBe(1));
  unmount();

  show();
  expect(await box()).toHaveValue("Look");
  expect(await box()).toHaveAttribute("readonly");
  expect(send()).toBeDisabled();
  expect(screen.getByRole("button", { name: "Remove a.png" })).toBeDisabled();
  expect(screen.getByText("Sending picture 2 of 2 …")).toBeVisible();
  await userEvent.click(await box());
  await userEvent.keyboard("{Control>}{Enter}{/Control}");
  go();
  await waitFor(async () => expect(await box()).toHaveValue(""));
  expect(await screen.findByText("The message is on its way.")).toBeVisible();
  expect(screen.queryByRole("img")).toBeNull();
  expect(did.asked).toHaveLength(1);
  expect(did.uploads).toHaveLength(2);
  expect(did.sends).toBe(1);
});

test("what failed while one was elsewhere is said when one comes back", async () => {
  const { wait, go } = held();
  answers(async () => {
    await wait;
    return HttpResponse.error();
  }, good());
  const { unmount } = show();
  await userEvent.type(await box(), "Tomorrow?");
  await userEvent.click(send());
  unmount();
  show();
  go();
  expect(await screen.findByRole("alert")).toHaveTextContent("it goes out only once");
  expect(await box()).toHaveValue("Tomorrow?");
  expect(send()).toBeEnabled();
});

test("that a message was sent is not said again to who comes back later", async () => {
  answers(good());
  const { unmount, done } = show();
  await userEvent.type(await box(), "Tomorrow?");
  await userEvent.click(send());
  await waitFor(() => expect(done).toHaveBeenCalled());
  unmount();
  show();
  expect(await box()).toHaveValue("");
  expect(screen.queryByText("The message is on its way.")).toBeNull();
});

test("a text of one's own is there again when a template was sent in its place", async () => {
  hasTemplate();
  const asked = answers(good());
  const { done } = show();
  await userEvent.type(await box(), "Mine");
  await chooseTemplate();
  await userEvent.click(send());
  await waitFor(() => expect(done).toHaveBeenCalled());
  expect(asked[0]?.body).toMatchObject({ conversation_id: TALK, body: "", template_id: "t1" });
  expect(await box()).toHaveValue("Mine");
  expect(await box()).toHaveFocus();
});

test("who signs out while something is sent leaves nothing of it in the browser", async () => {
  const { wait, go } = held();
  const did = takesPictures();
  const kept: number[] = [];
  answers(async () => {
    await wait;
    return HttpResponse.json(sent({ id: "e1", status: "draft" }), { status: 201 });
  });
  server.use(
    http.post(at("/api/v1/messages/e1/files"), () => {
      kept.push(window.sessionStorage.length);
      return HttpResponse.json(picture(), { status: 201 });
    }),
  );
  show();
  await userEvent.type(await box(), "Look");
  choose(png("a.png"));
  await userEvent.click(send());
  await waitFor(() => expect(window.sessionStorage).not.toHaveLength(0));
  window.sessionStorage.clear(); // as signing out does
  go();
  await waitFor(() => expect(did.sends).toBe(1));
  expect(kept).toEqual([0]);
});
