import { act, screen, waitFor } from "@testing-library/react";
import { HttpResponse } from "msw";
import { expect, test, vi } from "vitest";
import { someone } from "@/test/render";
import { clinic, document as documentOf, never, problem, RECORD } from "./fixtures/clinic";
import { file, manage, noRows, row, rows } from "./fixtures/manage";
import { keyFor } from "./upload/keys";

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
  expect(names()).toEqual(["a.txt", "b.txt", "c.txt", "d.txt", "e.txt"]);
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
  expect(names()).toEqual(["a.txt", "b.txt"]);
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

test("after a reload a file whose answer was lost is found again, and not doubled", async () => {
  const { keep, kept, names } = clinic();
  // What the page before knew: the file was sent, and it had arrived.
  const target = { entityType: "lab-results", entityId: RECORD, userId: someone().user.id };
  const key = keyFor(target, file("a.txt"));
  keyFor({ ...target, userId: "somebody else" }, file("b.txt")); // theirs to go on with
  keep({ name: "a.txt", key, fields: {}, record: RECORD });
  const { user, save } = await manage({}, [file("a.txt"), file("b.txt")]);
  expect(row("a.txt").getByText(/It goes on where it stopped/)).toBeVisible();
  expect(row("b.txt").queryByText(/It goes on where it stopped/)).toBeNull();
  await user.click(save());
  await noRows();
  expect(names()).toEqual(["a.txt", "b.txt"]);
  expect(kept.sent.find(({ name }) => name === "a.txt")?.key).toBe(key);
});

test("the same file once more, after the first was deleted, is another document", async () => {
  const { answering, kept } = clinic();
  const { user, save } = await manage({}, [file("a.txt")]);
  answering(() =>
    kept.sent.length === 1
      ? HttpResponse.json(documentOf({ state: "trashed" }), { status: 201 })
      : undefined,
  );
  await user.click(save());
  await noRows();
  expect(kept.sent).toHaveLength(2);
  expect(kept.sent[1]?.key).not.toBe(kept.sent[0]?.key);
});

test("a key that was for other bytes is given up for a new one", async () => {
  const { answering, kept, names } = clinic();
  const { user, save } = await manage({}, [file("a.txt")]);
  answering(() =>
    kept.sent.length === 1 ? problem(409, "idempotency_key_used", "Another file.") : undefined,
  );
  await user.click(save());
  await noRows();
  expect(names()).toEqual(["a.txt"]);
});
