import { QueryClientProvider } from "@tanstack/react-query";
import { act, renderHook, waitFor } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { afterEach, expect, test, vi } from "vitest";
import { makeTestClient } from "@/test/render";
import { at, server } from "@/test/server";
import { message, page, TALK } from "../test/data";
import { useThread } from "./useThread";

afterEach(() => {
  vi.useRealTimers();
});

function renderThread() {
  const client = makeTestClient();
  return renderHook(() => useThread(TALK), {
    wrapper: ({ children }) => (
      <QueryClientProvider client={client}>{children}</QueryClientProvider>
    ),
  });
}

test.each([
  ["just now", 0, 2_000],
  ["a while ago", 3 * 60_000, 10_000],
])("a message queued %s is looked at again after as long as is useful", async (_, age, wait) => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval"] });
  const queued = message({
    direction: "outbound",
    status: "queued",
    occurred_at: new Date(Date.now() - age).toISOString(),
  });
  let asked = 0;
  server.use(
    http.get(at(`/api/v1/conversations/${TALK}/messages`), () => {
      asked += 1;
      return HttpResponse.json(page([queued]));
    }),
  );
  const { result } = renderThread();
  await vi.waitFor(() => expect(result.current.messages).toEqual([queued]));
  await act(() => vi.advanceTimersByTimeAsync(wait - 100));
  expect(asked).toBe(1);
  await act(() => vi.advanceTimersByTimeAsync(200));
  await vi.waitFor(() => expect(asked).toBe(2));
});

test("what came between two looks is fetched, also when the first try fails", async () => {
  const first = message({ body: "first" });
  const between = message({ body: "between" });
  const last = message({ body: "last" });
  const older = at(`/api/v1/conversations/${TALK}/messages?cursor=older`);
  // Each look shows one message, and an older page where there is more.
  let pages: (() => Response)[] = [() => HttpResponse.json(page([first]))];
  server.use(
    http.get(at(`/api/v1/conversations/${TALK}/messages`), ({ request }) =>
      new URL(request.url).searchParams.has("cursor")
        ? HttpResponse.json(page([between, first]))
        : (pages.shift() ?? (() => HttpResponse.json(page([last], older))))(),
    ),
  );
  const { result } = renderThread();
  await waitFor(() => expect(result.current.messages).toEqual([first]));
  pages = [() => HttpResponse.json(page([last], older)), () => HttpResponse.error()];
  await act(() => result.current.latest.refetch());
  await waitFor(() => expect(result.current.history.isError).toBe(true));
  expect(result.current.messages).toEqual([first, last]);
  await act(() => result.current.latest.refetch());
  await waitFor(() => expect(result.current.history.data?.pages[0]?.results).toEqual([last]));
  expect(result.current.history.hasNextPage).toBe(true);
});
