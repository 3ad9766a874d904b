import { act, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { held } from "@/test/held";
import { renderPage } from "@/test/render";
import { at, server } from "@/test/server";
import MessagesPage from "../MessagesPage";
import { answer, message, problem, TALK, talk } from "../test/data";

beforeEach(() => {
  vi.spyOn(document, "visibilityState", "get").mockReturnValue("visible");
});
afterEach(() => {
  vi.restoreAllMocks();
});

const open = () =>
  renderPage(<MessagesPage />, { path: `/messages/${TALK}`, route: "/messages/:id?" });

test("what could not be noted as read is noted with the next look, also when nothing has changed", async () => {
  let asked = 0;
  answer({ talks: [talk({ unread_count: 1 })], messages: [message({ read_at: null })] });
  server.use(
    http.post(at(`/api/v1/conversations/${TALK}/read`), () => {
      asked += 1;
      return asked === 1 ? problem(503, "error", "Busy.") : HttpResponse.json(talk());
    }),
  );
  const { client } = open();
  await waitFor(() => expect(asked).toBe(1));
  await waitFor(() => expect(client.isMutating()).toBe(0));
  await act(() => client.invalidateQueries({ queryKey: ["conversations", "one"] }));
  await waitFor(() => expect(asked).toBe(2));
});

test("marked as unread while it is being noted as read, it is unread in the end", async () => {
  const { wait, go } = held();
  const came: string[] = [];
  answer({ talks: [talk({ unread_count: 1 })], messages: [message({ read_at: null })] });
  server.use(
    http.post(at(`/api/v1/conversations/${TALK}/read`), async () => {
      await wait;
      came.push("read");
      return HttpResponse.json(talk());
    }),
    http.post(at(`/api/v1/conversations/${TALK}/unread`), () => {
      came.push("unread");
      return HttpResponse.json(talk({ unread_count: 1 }));
    }),
  );
  open();
  await userEvent.click(await screen.findByRole("button", { name: "More for this conversation" }));
  await userEvent.click(
    await screen.findByRole("menuitem", { name: "Mark as unread", hidden: true }),
  );
  go();
  await waitFor(() => expect(came).toEqual(["read", "unread"]));
});
