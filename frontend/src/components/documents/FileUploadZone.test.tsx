import { createEvent, fireEvent, screen } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { violations } from "@/test/axe";
import { renderPage } from "@/test/render";
import { FileUploadZone } from "./FileUploadZone";
import { policy } from "./fixtures/clinic";

const file = new File(["a"], "a.txt");

/** What a drag carries; jsdom has no DataTransfer. */
const carrying = (files: File[], folders: string[] = []) => ({
  types: ["Files"],
  files,
  items: folders.map((name) => ({ webkitGetAsEntry: () => ({ isDirectory: true, name }) })),
  dropEffect: "none",
});

function zone(props: { placesLeft?: number | null } = {}) {
  const onAdd = vi.fn();
  const view = renderPage(
    <FileUploadZone rules={policy()} placesLeft={null} onAdd={onAdd} {...props} />,
  );
  const target = view.container.querySelector("[data-file-zone]");
  if (target === null) throw new Error("no zone");
  return { ...view, onAdd, target };
}

test("files are dropped; the zone shows where", () => {
  const { onAdd, target } = zone();
  fireEvent.dragEnter(document.body, { dataTransfer: carrying([file]) });
  expect(target).toHaveAttribute("data-drag", "page");
  fireEvent.dragOver(target, { dataTransfer: carrying([file]) });
  expect(target).toHaveAttribute("data-drag", "zone");
  expect(screen.getByText("Drop the files here")).toBeVisible();
  fireEvent.drop(target, { dataTransfer: carrying([file]) });
  expect(target).toHaveAttribute("data-drag", "none");
  expect(onAdd).toHaveBeenCalledWith([file]);
});

test("a file that misses the zone does not take the page away", () => {
  const { onAdd } = zone();
  const drop = createEvent.drop(document.body, { dataTransfer: carrying([file]) });
  fireEvent(document.body, drop);
  expect(drop.defaultPrevented).toBe(true);
  expect(onAdd).not.toHaveBeenCalled();
});

test("a folder is no file; it says what to do", () => {
  const { onAdd, target } = zone();
  const folder = new File([], "Scans");
  fireEvent.drop(target, { dataTransfer: carrying([folder, file], ["Scans"]) });
  expect(onAdd).toHaveBeenCalledWith([file]);
  expect(screen.getByRole("alert")).toHaveTextContent("Open “Scans” and choose the files in it");
});

test("where no place is left nothing can be chosen or dropped, and it says why", async () => {
  const { container, onAdd, target } = zone({ placesLeft: 0 });
  expect(screen.getByRole("button", { name: "Choose files" })).toBeDisabled();
  fireEvent.drop(target, { dataTransfer: carrying([file]) });
  expect(onAdd).not.toHaveBeenCalled();
  expect(screen.getByText(/all the files it may have/)).toBeVisible();
  expect(await violations(container)).toEqual([]);
});

test("the button says what may be chosen, and the dialog shows only that", () => {
  zone({ placesLeft: 3 });
  expect(screen.getByRole("button", { name: "Choose files" })).toHaveAccessibleDescription(
    "PDF, JPG, PNG, TXT, up to 10 MB each. 3 more files can be added.",
  );
  expect(screen.getByLabelText("Choose files", { selector: "input" })).toHaveAttribute(
    "accept",
    ".pdf,.jpg,.png,.txt,image/jpeg,image/png",
  );
});
