import { notifications } from "@mantine/notifications";
import { act, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { createRef, useState } from "react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { violations } from "@/test/axe";
import { renderPage, someone } from "@/test/render";
import { at, server } from "@/test/server";
import DocumentManager from "./DocumentManager";
import { clinic, document as documentOf, never, policy, problem, RECORD } from "./testing/clinic";
import type { DocumentManagerHandle, DocumentManagerProps } from "./types";

beforeEach(() => window.sessionStorage.clear());
afterEach(() => {
  act(() => {
    notifications.clean();
    notifications.cleanQueue();
  });
});

const file = (name: string, text = name) =>
  new File([text], name, { lastModified: 1, type: "text/plain" });

/** The manager of a lab result, and its person; the first files are chosen already. */
async function manage(props: Partial<DocumentManagerProps> = {}, files: File[] = []) {
  const user = userEvent.setup({ applyAccept: false, delay: null });
  const element = (over: Partial<DocumentManagerProps> = {}) => (
    <DocumentManager entityType="lab-results" entityId={RECORD} mode="edit" {...props} {...over} />
  );
  const view = renderPage(element());
  const choose = async (more: File[]) =>
    user.upload(await screen.findByLabelText("Choose files", { selector: "input" }), more);
  if (files.length > 0) await choose(files);
  const save = () => screen.getByRole("button", { name: "Save files" });
  return { ...view, element, user, choose, save };
}

const rows = () => within(screen.getByRole("list", { name: "Files to upload" }));
const row = (name: string) => within(rows().getByRole("listitem", { name }));
const noRows = () =>
  waitFor(() => expect(screen.queryByRole("list", { name: "Files to upload" })).toBeNull());

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
  expect(kept.sent[0]?.fields).toEqual({
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

test("of three files two fail: each says why, nothing of them is lost, and they are retried", async () => {
  const { answering, names, kept } = clinic();
  const onError = vi.fn();
  const { user, save } = await manage({ onError }, [file("a.txt"), file("b.txt"), file("c.txt")]);
  await user.type(row("c.txt").getByLabelText("Description"), "kept words");
  answering(({ name }) => {
    if (name === "b.txt") return problem(413, "too_large", "The file is larger than 1 MB.", "file");
    if (name === "c.txt") return problem(409, "too_many_files", "It has its 10 files.", "file");
    return undefined;
  });
  await user.click(save());

  expect(await row("b.txt").findByRole("alert")).toHaveTextContent("The file is larger than 1 MB.");
  expect(await row("c.txt").findByRole("alert")).toHaveTextContent("It has its 10 files.");
  await waitFor(() => expect(rows().getAllByRole("listitem")).toHaveLength(2));
  expect(onError).toHaveBeenCalledWith("2 files could not be saved: b.txt, c.txt");
  expect(row("c.txt").getByLabelText("Description")).toHaveValue("kept words");

  answering(() => undefined);
  await user.click(row("b.txt").getByRole("button", { name: "Try b.txt again" }));
  await waitFor(() => expect(names()).toEqual(["a.txt", "b.txt"]));
  await user.click(save());
  await noRows();
  expect(names()).toEqual(["a.txt", "b.txt", "c.txt"]);
  expect(kept.sent.at(-1)?.fields.description).toBe("kept words");
});

test("what is wrong with a field stands beside it until it is changed", async () => {
  const { answering } = clinic();
  const { user, save } = await manage({}, [file("a.txt")]);
  answering(() => problem(422, "invalid", "Choose a day in the past.", "document_date"));
  await user.click(save());
  const date = await row("a.txt").findByLabelText("Date of the document");
  await waitFor(() => expect(date).toHaveAccessibleDescription("Choose a day in the past."));
  await user.type(date, "2026-05-01");
  expect(date).not.toHaveAccessibleDescription();
});

test("an answer that is lost doubles nothing: the file is sent again with the same key", async () => {
  const { answering, keep, kept, names } = clinic();
  const { user, save } = await manage({}, [file("a.txt")]);
  answering((sent) => {
    if (kept.sent.length > 1) return undefined;
    keep(sent); // it arrives, and the answer does not
    return HttpResponse.error();
  });
  await user.click(save());
  expect(await screen.findByText("No connection. It goes on by itself.")).toBeVisible();
  act(() => void window.dispatchEvent(new Event("online")));
  await screen.findByText("1 file uploaded.");
  expect(names()).toEqual(["a.txt"]);
  const [first, second] = kept.sent;
  expect(first?.key).toMatch(/^[0-9a-f]{32}$/);
  expect(second?.key).toBe(first?.key);
});

test("while the browser is offline everything waits, and goes on by itself", async () => {
  const { answering, names } = clinic();
  const { user, save } = await manage(
    {},
    ["a", "b", "c", "d", "e"].map((one) => file(`${one}.txt`)),
  );
  const online = vi.spyOn(navigator, "onLine", "get").mockReturnValue(false);
  answering(() => HttpResponse.error());
  await user.click(save());
  await waitFor(() =>
    expect(screen.getAllByText("No connection. It goes on by itself.")).toHaveLength(3),
  );
  online.mockReturnValue(true);
  answering(() => undefined);
  act(() => void window.dispatchEvent(new Event("online")));
  await screen.findByText("5 files uploaded.");
  expect(names().sort()).toEqual(["a.txt", "b.txt", "c.txt", "d.txt", "e.txt"]);
});

test("one is cancelled in the middle; the others are not", async () => {
  const { answering, names } = clinic();
  const { user, save } = await manage({}, [file("a.txt"), file("b.txt")]);
  answering(({ name }) => (name === "a.txt" ? never() : undefined));
  await user.click(save());
  await user.click(await screen.findByRole("button", { name: "Cancel a.txt" }));
  await screen.findByText("1 file uploaded.");
  await waitFor(() => expect(names()).toEqual(["b.txt"]));
  expect(row("a.txt").getByRole("alert")).toBeVisible();

  answering(() => undefined);
  await user.click(row("a.txt").getByRole("button", { name: "Try a.txt again" }));
  await noRows();
  expect(names()).toEqual(["b.txt", "a.txt"]);
});

test("who was signed out keeps the files, and is told what to do", async () => {
  const { answering, kept } = clinic();
  const { user, save } = await manage({}, [file("a.txt")]);
  answering(() => problem(401, "not_authenticated", "Log in."));
  await user.click(save());
  expect(await row("a.txt").findByRole("alert")).toHaveTextContent("Sign in in another tab");
  answering(() => undefined);
  await user.click(row("a.txt").getByRole("button", { name: "Try a.txt again" }));
  await noRows();
  expect(kept.sent[1]?.key).toBe(kept.sent[0]?.key);
});

test("a proxy's page is no sentence; the file says what it means", async () => {
  const { answering } = clinic();
  const { user, save } = await manage({}, [file("a.txt")]);
  answering(() => new HttpResponse("<html>413</html>", { status: 413 }));
  await user.click(save());
  expect(await row("a.txt").findByRole("alert")).toHaveTextContent("too large for the server");
});

test("what the scanner holds back is said, and can be dismissed", async () => {
  const { answering } = clinic();
  const { user, save } = await manage({}, [file("a.txt")]);
  answering(() => HttpResponse.json(documentOf({ state: "quarantined" }), { status: 201 }));
  await user.click(save());
  expect(await row("a.txt").findByRole("alert")).toHaveTextContent("virus scanner");
  await user.click(row("a.txt").getByRole("button", { name: "Dismiss a.txt" }));
  await noRows();
});

test("a document is marked, kept, marked again and deleted with the save", async () => {
  const { names } = clinic({ documents: [documentOf()] });
  const onFileCountChange = vi.fn();
  const { user, save } = await manage({ onFileCountChange });
  const mark = () => screen.findByRole("button", { name: "Mark old.pdf for deletion" });
  await user.click(await mark());
  expect(screen.getByText("1 to delete")).toBeVisible();
  await user.click(await screen.findByRole("button", { name: /keep.*old\.pdf/i }));
  expect(screen.queryByText("1 to delete")).toBeNull();
  await user.click(await mark());
  await user.click(save());
  expect(await screen.findByText("1 file deleted.")).toBeVisible();
  expect(names()).toEqual([]);
  await waitFor(() => expect(onFileCountChange.mock.calls).toEqual([[1], [0]]));
});

test("a document that cannot be deleted says why and can be kept", async () => {
  clinic({ documents: [documentOf()] });
  server.use(
    http.post(at("/api/v1/files/bulk-delete"), () => {
      const detail = "The document is under a legal hold.";
      const result = { id: documentOf().id, state: null, code: "legal_hold", detail };
      return HttpResponse.json({ done: 0, refused: 1, results: [result] });
    }),
  );
  const { user, save } = await manage();
  await user.click(await screen.findByRole("button", { name: "Mark old.pdf for deletion" }));
  await user.click(save());
  expect(await screen.findByText("old.pdf: The document is under a legal hold.")).toBeVisible();
  const [keep] = screen.getAllByRole("button", { name: "Keep old.pdf" });
  if (keep) await user.click(keep);
  await waitFor(() => expect(screen.queryByText(/legal hold/)).toBeNull());
});

test("what cannot be uploaded is not sent; it stays with what to do, and axe finds nothing", async () => {
  const { kept } = clinic({ rules: policy({ max_files: 2, max_size: 20 }) });
  const { container, user, save } = await manage({}, [
    file("a.txt"),
    file("virus.exe"),
    file("empty.txt", ""),
    file("long.txt", "x".repeat(21)),
    file("a.txt"),
    file("b.txt"),
    file("c.txt"),
  ]);
  const said = rows()
    .getAllByRole("alert")
    .map(({ textContent }) => textContent?.slice(0, 30));
  expect(said).toEqual([
    "Files of this type are not tak",
    "This file is empty. Open it wh",
    "This file is larger than 20 B,",
    "This file is in the list alrea",
    "A record has 2 files at most. ",
  ]);
  expect(screen.getByText("2 to upload, 5 cannot be added")).toBeVisible();
  expect(await violations(container)).toEqual([]);
  await user.click(save());
  await screen.findByText("2 files uploaded.");
  expect(kept.sent.map(({ name }) => name)).toEqual(["a.txt", "b.txt"]);
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

test("discarding forgets what waits", async () => {
  const { kept } = clinic();
  const { user } = await manage({}, [file("a.txt")]);
  await user.click(screen.getByRole("button", { name: "Discard" }));
  await noRows();
  expect(kept.sent).toEqual([]);
});

const leave = () => {
  const event = new Event("beforeunload", { cancelable: true });
  window.dispatchEvent(event);
  return event.defaultPrevented ? "asks" : "leaves";
};

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
  let goOn = () => {};
  const gate = new Promise<undefined>((resolve) => {
    goOn = () => resolve(undefined);
  });
  answering(() => gate);
  const { user, save, unmount } = await manage({}, [file("a.txt")]);
  await user.click(save());
  await screen.findByRole("button", { name: "Cancel a.txt" });
  unmount();
  expect(leave()).toBe("asks");
  goOn();
  await waitFor(() => expect(names()).toEqual(["a.txt"]));
  await waitFor(() => expect(leave()).toBe("leaves"));
});

test("files are kept until there is a record, and one that fails stays with a retry", async () => {
  const { answering, kept, names } = clinic();
  const ref = createRef<DocumentManagerHandle>();
  const { user, container } = await manage({ mode: "create", entityId: undefined, ref }, [
    file("a.txt"),
    file("b.txt"),
  ]);
  expect(screen.getByText("These files are uploaded when the record is saved.")).toBeVisible();
  expect(ref.current?.hasChanges()).toBe(true);
  expect(await violations(container)).toEqual([]);
  answering(({ name }) => (name === "b.txt" ? problem(400, "bad_content", "No text.") : undefined));
  const saved = await act(() => ref.current?.save(RECORD));
  expect(saved).toMatchObject({ deleted: [], failed: ["b.txt"] });
  expect(saved?.uploaded.map(({ file_name }) => file_name)).toEqual(["a.txt"]);
  expect(kept.sent.map(({ record }) => record)).toEqual([RECORD, RECORD]);
  expect(row("b.txt").getByRole("alert")).toHaveTextContent("No text.");

  answering(() => undefined);
  await user.click(row("b.txt").getByRole("button", { name: "Try b.txt again" }));
  await noRows();
  expect(names()).toEqual(["a.txt", "b.txt"]);
  expect(ref.current?.hasChanges()).toBe(false);
});

test("a form that saves twice, and whose record's id comes besides, uploads once", async () => {
  const { kept } = clinic();
  const ref = createRef<DocumentManagerHandle>();
  const { router, rerenderWith } = await growing({ mode: "create", ref }, [file("a.txt")]);
  await act(async () => {
    const twice = [ref.current?.save(RECORD), ref.current?.save(RECORD)];
    rerenderWith(RECORD);
    await Promise.all(twice);
  });
  await noRows();
  expect(router.state.errors).toBeNull();
  expect(kept.sent).toHaveLength(1);
});

test("the record's id comes as a property, and what waits is uploaded", async () => {
  const { names, kept } = clinic();
  const { rerenderWith } = await growing({ mode: "create" }, [file("a.txt")]);
  expect(kept.sent).toEqual([]);
  act(() => rerenderWith(RECORD));
  await noRows();
  expect(names()).toEqual(["a.txt"]);
});

test("what was chosen for one record is never sent to another", async () => {
  const { kept } = clinic();
  const other = RECORD.replace("aa", "bb");
  const { rerenderWith } = await growing({ mode: "edit" }, [file("a.txt")], RECORD);
  act(() => rerenderWith(other));
  await noRows();
  await waitFor(() => expect(leave()).toBe("leaves"));
  expect(kept.sent).toEqual([]);
});

/** A page whose record may get its id, or become another one, while it is open. */
async function growing(props: Partial<DocumentManagerProps>, files: File[], id?: string) {
  let rerenderWith = (_: string) => {};
  function Page() {
    const [entityId, setEntityId] = useState(id);
    rerenderWith = setEntityId;
    return <DocumentManager entityType="lab-results" mode="edit" {...props} entityId={entityId} />;
  }
  const view = renderPage(<Page />);
  const input = await screen.findByLabelText("Choose files", { selector: "input" });
  await userEvent.upload(input, files);
  return { ...view, rerenderWith: (to: string) => rerenderWith(to) };
}

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

test("a record that is full takes a file when one is marked", async () => {
  clinic({ documents: [documentOf()], rules: policy({ max_files: 1 }) });
  const { user } = await manage();
  const choose = await screen.findByRole("button", { name: "Choose files" });
  await waitFor(() => expect(choose).toBeDisabled());
  await user.click(await screen.findByRole("button", { name: "Mark old.pdf for deletion" }));
  expect(choose).toBeEnabled();
});

test("a kind of record that carries no documents says so", async () => {
  clinic();
  await manage({ entityType: "rockets" });
  expect(await screen.findByRole("alert")).toBeVisible();
});
