import { screen } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { beforeEach, expect, test } from "vitest";
import { violations } from "@/test/axe";
import { renderPage, someone } from "@/test/render";
import { at, server } from "@/test/server";
import { Shell } from "./Shell";

beforeEach(() =>
  server.use(
    http.get(at("/api/v1/conversations/unread"), () =>
      HttpResponse.json({ messages: 3, conversations: 2, unmatched: 1 }),
    ),
  ),
);

test("the menu says how many messages are unread", async () => {
  renderPage(<Shell />);
  expect(await screen.findByRole("link", { name: "Messages 3 unread" })).toBeVisible();
});

test("the menu leaves out what the role may not see", async () => {
  renderPage(<Shell />, {
    me: someone({ role: "patient", staff: false, abilities: ["records.view"] }),
  });
  expect(await screen.findByRole("link", { name: "My records" })).toBeVisible();
  expect(screen.getByRole("link", { name: "Lab results" })).toHaveAttribute("href", "/lab-results");
  expect(screen.queryByRole("link", { name: "Patients" })).toBeNull();
  expect(screen.queryByRole("link", { name: "Administration" })).toBeNull();
});

test("axe finds nothing in the frame of the pages", async () => {
  const { container } = renderPage(<Shell />);
  await screen.findByRole("link", { name: "Messages 3 unread" });
  expect(await violations(container)).toEqual([]);
});
