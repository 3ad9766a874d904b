import { act, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import { renderPage } from "@/test/render";
import { useListFilters } from "./useListFilters";

function Box() {
  const { words, setWords } = useListFilters();
  return (
    <input aria-label="Search" value={words} onChange={(event) => setWords(event.target.value)} />
  );
}

test("the box says what the list shows, also when the address changes by a link or Back", async () => {
  const { router } = renderPage(<Box />, { path: "/messages?search=knee" });
  const box = screen.getByRole("textbox", { name: "Search" });
  expect(box).toHaveValue("knee");
  await act(() => router.navigate("/messages"));
  expect(box).toHaveValue("");
  await userEvent.type(box, "hip ");
  await waitFor(() => expect(router.state.location.search).toBe("?search=hip"));
  expect(box).toHaveValue("hip ");
  await userEvent.clear(box);
  await waitFor(() => expect(router.state.location.search).toBe(""));
});
