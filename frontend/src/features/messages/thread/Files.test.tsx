import { act, fireEvent, screen } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { renderPage } from "@/test/render";
import { picture } from "../test/data";
import { Files } from "./Files";

afterEach(() => vi.useRealTimers());

test("a picture that has just come and cannot be shown yet is tried again", async () => {
  vi.useFakeTimers();
  const file = picture({ uploaded_at: new Date().toISOString() });
  const { container } = renderPage(<Files files={[file]} onOpen={() => undefined} />);
  const image = () => container.ownerDocument.querySelector("button img");
  fireEvent.error(image() as Element);
  expect(image()).toBeNull();
  await act(() => vi.advanceTimersByTimeAsync(4_000));
  expect(image()).toHaveAttribute("src", "/api/v1/files/d1/preview?size=200&attempt=1");
  expect(screen.getByRole("button", { name: "Open knee.jpg" })).toBeVisible();
});
