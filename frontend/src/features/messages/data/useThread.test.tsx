import { QueryClientProvider } from "@tanstack/react-query";
import { act, renderHook, waitFor } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { expect, test } from "vitest";
import { makeTestClient } from "@/test/render";
import { at, server } from "@/test/server";
import { message, page, TALK } from "../test/data";
import { useThread } from "./useThread";

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
  const client = makeTestClient();
  const { result } = renderHook(() => useThread(TALK), {
    wrapper: ({ children }) => (
      <QueryClientProvider client={client}>{children}</QueryClientProvider>
    ),
  });
  await waitFor(() => expect(result.current.messages).toEqual([first]));
  pages = [() => HttpResponse.json(page([last], older)), () => HttpResponse.error()];
  await act(() => result.current.latest.refetch());
  await waitFor(() => expect(result.current.history.isError).toBe(true));
  expect(result.current.messages).toEqual([first, last]);
  await act(() => result.current.latest.refetch());
  await waitFor(() => expect(result.current.history.data?.pages[0]?.results).toEqual([last]));
  expect(result.current.history.hasNextPage).toBe(true);
});
