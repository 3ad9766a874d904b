import { screen, waitFor } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { violations } from "@/test/axe";
import { held } from "@/test/held";
import { someone } from "@/test/render";
import { clinic, document as documentOf, policy } from "./fixtures/clinic";
import { file, leave, manage, noRows, row, rows } from "./fixtures/manage";

test("files are chosen, described and uploaded; the list and the count follow", async () => {
  const { kept, names } = clinic();
  const onFileCountChange = vi.fn();
  const { user, save } = await manage({ onFileCountChange }, [file("a.txt"), file("b.txt")]);
  await user.type(row("a.txt").getByLabelText("Description"), "Fasting");
  await user.selectOptions(row("a.txt").getByLabelText("Category"), "report");
  await user.type(row("a.txt").getByLabelText("Date of the document"), "2026-05-01");
  expect(screen.getByText("2 to upload")).toBeVisible();
  await user.click(save());

  expect(await screen.findByText("2 files uploaded.")).toBeVisible();
  await noRows();
  expect(names()).toEqual(["a.txt", "b.txt"]);
  expect(kept.sent.find(({ name }) => name === "a.txt")?.fields).toEqual({
    description: "Fasting",
    category: "report",
    document_date: "2026-05-01",
  });
  await waitFor(() => expect(onFileCountChange.mock.calls).toEqual([[0], [2]]));
  expect((await screen.findAllByText("a.txt"))[0]).toBeVisible();
});

test("a double click on save uploads once", async () => {
  const { kept } = clinic();
  const { user, save } = await manage({}, [file("a.txt")]);
  await user.dblClick(save());
  await screen.findByText("1 file uploaded.");
  expect(kept.sent).toHaveLength(1);
});

test("what cannot be uploaded is not sent; it stays with what to do, and axe finds nothing", async () => {
  const { kept, names } = clinic({ rules: policy({ max_files: 2, max_size: 20 }) });
  const { container, user, save } = await manage({}, [
    file("a.txt"),
    file("virus.exe"),
    file("empty.txt", ""),
    file("long.txt", "x".repeat(21)),
    file("a.txt"),
    file("b.txt"),
    file("c.txt"),
  ]);
  const said = () =>
    rows()
      .getAllByRole("alert")
      .map(({ textContent }) => textContent?.slice(0, 30));
  // The last one is known when the record's count has come.
  await waitFor(() =>
    expect(said()).toEqual([
      "Files of this type are not tak",
      "This file is empty. Open it wh",
      "This file is larger than 20 B,",
      "This file is in the list alrea",
      "A record has 2 files at most. ",
    ]),
  );
  expect(screen.getByText("2 to upload, 5 cannot be added")).toBeVisible();
  expect(await violations(container)).toEqual([]);
  await user.click(save());
  await screen.findByText("2 files uploaded.");
  expect(kept.sent).toHaveLength(2);
  expect(names()).toEqual(["a.txt", "b.txt"]);
  expect(rows().getAllByRole("listitem")).toHaveLength(5);
});

test("focus stays where the work is when files are taken out of the list", async () => {
  clinic();
  const { user } = await manage({}, [file("a.txt"), file("b.txt")]);
  await user.click(screen.getByRole("button", { name: "Remove a.txt" }));
  expect(screen.getByRole("button", { name: "Remove b.txt" })).toHaveFocus();
  await user.keyboard("{Enter}");
  expect(screen.getByRole("button", { name: "Choose files" })).toHaveFocus();
});

test("after a save by keyboard focus is where the next file is chosen", async () => {
  clinic();
  const { user, save } = await manage({}, [file("a.txt")]);
  save().focus();
  await user.keyboard("{Enter}");
  await noRows();
  await waitFor(() => expect(screen.getByRole("button", { name: "Choose files" })).toHaveFocus());
});

test("discarding forgets what waits", async () => {
  const { kept } = clinic();
  const { user } = await manage({}, [file("a.txt")]);
  await user.click(screen.getByRole("button", { name: "Discard" }));
  await noRows();
  expect(kept.sent).toEqual([]);
});

test("leaving the page is asked about while something is not saved", async () => {
  clinic();
  const { user, save } = await manage({}, [file("a.txt")]);
  expect(leave()).toBe("asks");
  await user.click(save());
  await noRows();
  await waitFor(() => expect(leave()).toBe("leaves"));
});

test("what is being saved goes on when the dialog is closed", async () => {
  const { answering, names } = clinic();
  const { wait, go } = held();
  answering(() => wait.then(() => undefined));
  const { user, save, unmount } = await manage({}, [file("a.txt")]);
  await user.click(save());
  await screen.findByRole("button", { name: "Cancel a.txt" });
  unmount();
  expect(leave()).toBe("asks");
  go();
  await waitFor(() => expect(names()).toEqual(["a.txt"]));
  await waitFor(() => expect(leave()).toBe("leaves"));
});

test.each([
  ["in view", { mode: "view" as const }, {}],
  ["to a role that may not", {}, { me: someone({ abilities: ["documents.view"] }) }],
  ["where the clinic's policy has none", {}, { rules: policy({ operations: ["download"] }) }],
  ["where the page allows none", { config: { operations: ["download"] } }, {}],
])("adding and deleting are not offered %s", async (_, props, setting) => {
  clinic({ documents: [documentOf()], ...setting });
  const { container } = await manage(props);
  expect((await screen.findAllByText("old.pdf"))[0]).toBeVisible();
  expect(screen.queryByRole("button", { name: "Choose files" })).toBeNull();
  expect(screen.queryByRole("button", { name: /Mark|Delete/ })).toBeNull();
  expect(await violations(container)).toEqual([]);
});

test("a kind of record that carries no documents says so", async () => {
  clinic();
  await manage({ entityType: "rockets" });
  expect(await screen.findByRole("alert")).toBeVisible();
});
