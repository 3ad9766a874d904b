import { act, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { useState } from "react";
import { expect, test, vi } from "vitest";
import { violations } from "@/test/axe";
import { renderPage } from "@/test/render";
import { at, server } from "@/test/server";
import { aDocument } from "../testing";
import { FileList } from "./FileList";
import { ALL, answering, list, row, withRules } from "./test/list";

withRules();

test("a range is chosen with the Shift key, and all or none with a button", async () => {
  answering();
  renderPage(list());
  const user = userEvent.setup();
  await user.click(await screen.findByRole("checkbox", { name: "Choose scan-2.pdf" }));
  await user.keyboard("{Shift>}");
  await user.click(screen.getByRole("checkbox", { name: "Choose scan-5.pdf" }));
  await user.keyboard("{/Shift}");
  expect(screen.getByText("4 chosen")).toBeVisible();
  await user.click(screen.getByRole("button", { name: "Choose all loaded" }));
  expect(screen.getByText("6 chosen")).toBeVisible();
  await user.click(screen.getByRole("button", { name: "Choose none" }));
  expect(screen.getByText("6 documents")).toBeVisible();
});

test("deleting several says of each refused one why; the focus stays in the list", async () => {
  answering();
  const bodies: unknown[] = [];
  server.use(
    http.post<never, { ids: string[] }>(at("/api/v1/files/bulk-delete"), async ({ request }) => {
      const { ids } = await request.json();
      bodies.push(ids);
      const results = ids.map((id, index) =>
        index === 0
          ? { id, state: null, code: "legal_hold", detail: "The document is under a legal hold." }
          : { id, state: "trashed", code: "", detail: "" },
      );
      return HttpResponse.json({ done: 1, refused: 1, results });
    }),
  );
  const onChanged = vi.fn();
  renderPage(list({ onChanged }));
  await userEvent.click(await screen.findByRole("checkbox", { name: "Choose scan-1.pdf" }));
  await userEvent.click(screen.getByRole("checkbox", { name: "Choose scan-2.pdf" }));
  await userEvent.click(screen.getByRole("button", { name: "Delete" }));
  const dialog = await screen.findByRole("dialog", { name: "Delete 2 documents?" });
  expect(await violations(dialog)).toEqual([]);
  await userEvent.dblClick(within(dialog).getByRole("button", { name: "Move to the trash" }));
  expect(await screen.findByText(/under a legal hold/)).toBeVisible();
  expect(screen.getByRole("dialog", { name: "1 document was not deleted" })).toBeVisible();
  expect(bodies).toHaveLength(1);
  expect(onChanged).toHaveBeenCalledWith({ kind: "deleted", documents: [ALL[1]] });
  await userEvent.click(screen.getAllByRole("button", { name: "Close" })[1] ?? document.body);
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  expect(screen.queryByText("scan-2.pdf")).toBeNull();
  expect(row("scan-1.pdf")).toHaveAttribute("aria-selected", "true");
  expect(document.activeElement).toHaveAttribute("role", "row");
});

test("when the answer is lost the dialog stays, and doing it again is offered", async () => {
  answering();
  server.use(http.post(at("/api/v1/files/bulk-delete"), () => HttpResponse.error()));
  renderPage(list());
  await userEvent.click(await screen.findByRole("button", { name: "Delete scan-1.pdf" }));
  await userEvent.click(await screen.findByRole("button", { name: "Move to the trash" }));
  expect(await screen.findByText(/Nobody knows whether it was done/)).toBeVisible();
  expect(screen.getByRole("button", { name: "Move to the trash" })).toBeEnabled();
});

test("after the last one was deleted the focus is where the list was", async () => {
  answering([aDocument(1)]);
  server.use(
    http.post<never, { ids: string[] }>(at("/api/v1/files/bulk-delete"), async ({ request }) => {
      const results = (await request.json()).ids.map((id) => ({
        id,
        state: "trashed",
        code: "",
        detail: "",
      }));
      return HttpResponse.json({ done: 1, refused: 0, results });
    }),
  );
  const { container } = renderPage(list());
  await userEvent.click(await screen.findByRole("button", { name: "Delete scan-1.pdf" }));
  await userEvent.click(await screen.findByRole("button", { name: "Move to the trash" }));
  expect(await screen.findByText("Nothing here yet.")).toBeVisible();
  expect(container).toContainElement(document.activeElement as HTMLElement);
});

test("several are marked at once, and none twice", async () => {
  answering([aDocument(1), aDocument(2), aDocument(3, { legal_hold: true })]);
  const onMark = vi.fn();
  renderPage(list({ onMark, marked: new Set([aDocument(1).id]) }));
  await userEvent.click(await screen.findByRole("button", { name: "Choose all loaded" }));
  await userEvent.click(screen.getByRole("button", { name: "Mark for deletion" }));
  expect(onMark.mock.calls.map(([one]) => one.file_name)).toEqual(["scan-2.pdf"]);
  act(() => row("scan-1.pdf").focus());
  await userEvent.keyboard("{Delete}");
  expect(onMark).toHaveBeenCalledTimes(1);
});

test("what is marked says so in words, and can be kept", async () => {
  answering();
  function Form() {
    const [marked, setMarked] = useState<ReadonlySet<string>>(new Set());
    return list({
      marked,
      onMark: (one) => setMarked(new Set([...marked, one.id])),
      onUnmark: (one) => setMarked(new Set([...marked].filter((id) => id !== one.id))),
    });
  }
  renderPage(<Form />);
  await userEvent.click(
    await screen.findByRole("button", { name: "Mark scan-1.pdf for deletion" }),
  );
  expect(within(row("scan-1.pdf")).getByText("Will be deleted")).toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: "Keep scan-1.pdf" }));
  expect(screen.queryByText("Will be deleted")).toBeNull();
  expect(screen.queryByRole("dialog")).toBeNull();
});

test("from the trash documents are restored, and a full record is told", async () => {
  const trashed = [1, 2].map((number) =>
    aDocument(number, { state: "trashed", purged_on: "2026-12-22" }),
  );
  answering(trashed, at("/api/v1/files/trash"));
  server.use(
    http.post<never, { ids: string[] }>(at("/api/v1/files/bulk-restore"), async ({ request }) => {
      const [first, second] = (await request.json()).ids;
      const results = [
        { id: first, state: "available", code: "", detail: "" },
        {
          id: second,
          state: null,
          code: "too_many",
          detail: "The record has 10 documents already.",
        },
      ];
      return HttpResponse.json({ done: 1, refused: 1, results });
    }),
  );
  const { container } = renderPage(<FileList scope="trash" />);
  expect(await screen.findAllByText("22 Dec 2026")).toHaveLength(2);
  expect(screen.queryByRole("button", { name: /Download|Preview/ })).toBeNull();
  expect(await violations(container)).toEqual([]);
  await userEvent.click(screen.getByRole("button", { name: "Choose all loaded" }));
  await userEvent.click(screen.getByRole("button", { name: "Restore" }));
  const dialog = await screen.findByRole("dialog", { name: "Restore 2 documents?" });
  await userEvent.click(within(dialog).getByRole("button", { name: "Restore" }));
  expect(await screen.findByText(/10 documents already/)).toBeVisible();
  expect(screen.queryByText("scan-1.pdf")).toBeNull();
});
