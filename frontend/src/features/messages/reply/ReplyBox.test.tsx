import { fireEvent, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse } from "msw";
import { afterEach, beforeEach, expect, test } from "vitest";
import { violations } from "@/test/axe";
import { problem, TALK } from "../test/data";
import {
  answers,
  box,
  chooseTemplate,
  good,
  hasTemplate,
  send,
  show,
  withoutDrafts,
} from "../test/sending";
import { forgetDrafts } from "./drafts";

beforeEach(withoutDrafts);
afterEach(withoutDrafts);

test("Ctrl and Enter send a text, and two presses send it once", async () => {
  const asked = answers(good());
  const { container, done } = show();
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
  const asked = answers(() => HttpResponse.error(), good());
  const { done } = show();
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
  const asked = answers(() => HttpResponse.error());
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
  const asked = answers(
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
  const asked = answers(good({ status: "scheduled" }));
  const { done } = show();
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
  hasTemplate();
  const asked = answers(good());
  const { done } = show();
  await userEvent.type(await box(), "Mine");
  await chooseTemplate();
  expect(await screen.findByText("Dear {first_name}")).toBeVisible();
  expect(screen.queryByRole("textbox", { name: "Message" })).toBeNull();
  await userEvent.click(screen.getByRole("button", { name: "Write something else" }));
  expect(await box()).toHaveValue("Mine");
  await chooseTemplate();
  await userEvent.click(send());
  await waitFor(() => expect(done).toHaveBeenCalled());
  expect(asked[0]?.body).toEqual({
    conversation_id: TALK,
    body: "",
    template_id: "t1",
    draft: false,
  });
});

test("more than 1,600 characters are not sent", async () => {
  show();
  fireEvent.change(await box(), { target: { value: "a".repeat(1601) } });
  expect(await screen.findByText(/has 1600 characters at most; this one has 1601/)).toBeVisible();
  expect(send()).toBeDisabled();
});

test("a time is asked for where the focus is, and taken back without losing it", async () => {
  show();
  await userEvent.click(screen.getByRole("button", { name: "Send later" }));
  expect(screen.getByLabelText("To be sent on")).toHaveFocus();
  await userEvent.click(screen.getByRole("button", { name: "Send at once" }));
  expect(await box()).toHaveFocus();
});
