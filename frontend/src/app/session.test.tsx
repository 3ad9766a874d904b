import { act, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { expect, test } from "vitest";
import { makeTestClient, renderPage, someone } from "@/test/render";
import { at, server } from "@/test/server";
import { ME, useMe, useSignOut } from "./session";

const other = someone({
  user: { id: "01931f6e-0000-7000-8000-0000000000ff", email: "other@demo.test", name: "Other" },
});

function Who() {
  const me = useMe();
  const signOut = useSignOut();
  return (
    <>
      <p>{me.data?.user.name}</p>
      <button type="button" onClick={() => void signOut()}>
        Leave
      </button>
    </>
  );
}

test("what was fetched for one person is gone when the next one signs in", async () => {
  const client = makeTestClient();
  let me = someone();
  server.use(http.get(at("/api/v1/me"), () => HttpResponse.json(me)));
  renderPage(<Who />, { client });
  expect(await screen.findByText("Ada Admin")).toBeVisible();
  client.setQueryData(["patients"], ["of Ada"]);
  await act(() => client.refetchQueries({ queryKey: ME }));
  expect(client.getQueryData(["patients"])).toEqual(["of Ada"]);
  me = other;
  await act(() => client.refetchQueries({ queryKey: ME }));
  expect(await screen.findByText("Other")).toBeVisible();
  expect(client.getQueryData(["patients"])).toBeUndefined();
});

test("a sign-out that did not reach the server says so", async () => {
  server.use(
    http.get(at("/api/v1/me"), () => HttpResponse.json(someone())),
    http.delete(at("/_allauth/browser/v1/auth/session"), () => HttpResponse.error()),
  );
  renderPage(<Who />);
  await userEvent.click(screen.getByRole("button", { name: "Leave" }));
  await waitFor(() => expect(screen.getByText(/You are still signed in/)).toBeVisible());
});
