import { act, screen, waitFor } from "@testing-library/react";
import { createRef } from "react";
import { expect, test } from "vitest";
import { violations } from "@/test/axe";
import { clinic, problem, RECORD } from "./fixtures/clinic";
import { file, growing, leave, manage, noRows, row } from "./fixtures/manage";
import type { DocumentManagerHandle } from "./types";

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
  const { router, become } = await growing({ mode: "create", ref }, [file("a.txt")]);
  await act(async () => {
    const twice = [ref.current?.save(RECORD), ref.current?.save(RECORD)];
    become(RECORD);
    await Promise.all(twice);
  });
  await noRows();
  expect(router.state.errors).toBeNull();
  expect(kept.sent).toHaveLength(1);
});

test("the record's id comes as a property, and what waits is uploaded", async () => {
  const { names, kept } = clinic();
  const { become } = await growing({ mode: "create" }, [file("a.txt")]);
  expect(kept.sent).toEqual([]);
  act(() => become(RECORD));
  await noRows();
  expect(names()).toEqual(["a.txt"]);
});

test("what was chosen for one record is never sent to another", async () => {
  const { kept } = clinic();
  const other = RECORD.replace("aa", "bb");
  const { become } = await growing({ mode: "edit" }, [file("a.txt")], RECORD);
  act(() => become(other));
  await noRows();
  await waitFor(() => expect(leave()).toBe("leaves"));
  expect(kept.sent).toEqual([]);
});

test("what failed for a record that was made is never sent to another", async () => {
  const { answering, kept } = clinic();
  const ref = createRef<DocumentManagerHandle>();
  const { become } = await growing({ mode: "create", ref }, [file("a.txt")]);
  answering(() => problem(400, "bad_content", "No text."));
  await act(() => ref.current?.save(RECORD));
  expect(await row("a.txt").findByRole("alert")).toHaveTextContent("No text.");
  act(() => become(RECORD.replace("aa", "bb")));
  await noRows();
  expect(kept.sent).toHaveLength(1);
});
