import { act, screen } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { afterEach, expect, test, vi } from "vitest";
import { renderPage, someone } from "@/test/render";
import { at, server } from "@/test/server";
import { useUnreadMessages } from "./useUnreadMessages";

function Shown() {
  const { messages, unmatched } = useUnreadMessages();
  return <p>{`${messages} unread, ${unmatched} of nobody`}</p>;
}

afterEach(() => vi.useRealTimers());

test("the menu's number is asked for again, and by nobody whom it does not concern", async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true, toFake: ["setInterval", "clearInterval"] });
  let asked = 0;
  server.use(
    http.get(at("/api/v1/conversations/unread"), () => {
      asked += 1;
      return HttpResponse.json({ messages: asked + 3, conversations: 1, unmatched: 2 });
    }),
  );
  const { unmount } = renderPage(<Shown />);
  expect(await screen.findByText("4 unread, 2 of nobody")).toBeVisible();
  await act(() => vi.advanceTimersByTimeAsync(30_000));
  expect(await screen.findByText("5 unread, 2 of nobody")).toBeVisible();
  unmount();

  renderPage(<Shown />, { me: someone({ role: "patient", abilities: ["records.view"] }) });
  expect(screen.getByText("0 unread, 0 of nobody")).toBeVisible();
  await act(() => vi.advanceTimersByTimeAsync(30_000));
  expect(asked).toBe(2);
});
