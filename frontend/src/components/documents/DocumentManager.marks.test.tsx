import { screen, waitFor } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { expect, test, vi } from "vitest";
import { at, server } from "@/test/server";
import { clinic, document as documentOf, policy } from "./fixtures/clinic";
import { manage } from "./fixtures/manage";

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

test("a record that is full takes a file when one is marked", async () => {
  clinic({ documents: [documentOf()], rules: policy({ max_files: 1 }) });
  const { user } = await manage();
  const choose = await screen.findByRole("button", { name: "Choose files" });
  await waitFor(() => expect(choose).toBeDisabled());
  await user.click(await screen.findByRole("button", { name: "Mark old.pdf for deletion" }));
  expect(choose).toBeEnabled();
});
