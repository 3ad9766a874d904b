import { screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { violations } from "@/test/axe";
import { renderPage, someone } from "@/test/render";
import { Shell } from "./Shell";

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
  expect(await violations(container)).toEqual([]);
});
