import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { delay, HttpResponse, http } from "msw";
import { beforeEach, expect, test } from "vitest";
import { violations } from "@/test/axe";
import { at, server } from "@/test/server";
import { fill } from "./fill";
import InvitePage from "./InvitePage";
import { renderPublic } from "./renderPublic";

const INVITE = {
  clinic: "Demo Clinic",
  first_name: "Ava",
  email: "a…@mail.test",
  expires_at: "2026-12-01T00:00:00Z",
};
const problem = (status: number, code: string, detail: string, field?: string) =>
  HttpResponse.json(
    { status, code, detail, title: "", errors: field ? [{ field, code, message: detail }] : [] },
    { status, headers: { "Content-Type": "application/problem+json" } },
  );
const page = (path = "/invite#the-token") => renderPublic(<InvitePage />, path, "/invite");

let accepted: unknown[] = [];
beforeEach(() => {
  accepted = [];
  // biome-ignore lint/suspicious/noDocumentCookie: what Django sets
  document.cookie = "csrftoken=token";
  server.use(
    http.post(at("/api/v1/invites/verify"), async ({ request }) => {
      const body = await request.json();
      return JSON.stringify(body) === '{"token":"the-token"}'
        ? HttpResponse.json(INVITE)
        : problem(404, "unknown_invite", "There is no such invite.", "token");
    }),
    http.post(at("/api/v1/invites/accept"), async ({ request }) => {
      accepted.push(await request.json());
      await delay(20);
      return HttpResponse.json({ user_id: "1", email: "ava@mail.test", role: "patient" });
    }),
    http.delete(at("/_allauth/browser/v1/auth/session"), () =>
      HttpResponse.json({ status: 401 }, { status: 401 }),
    ),
    http.post(at("/_allauth/browser/v1/auth/login"), () => HttpResponse.json({ status: 200 })),
  );
});

async function accept() {
  await fill(await screen.findByLabelText(/New password/), "four good long words");
  await fill(screen.getByLabelText(/once more/), "four good long words");
  await userEvent.keyboard("{Enter}{Enter}");
}

test("who accepts is signed in, once, however often they press Enter", async () => {
  const { router, container } = page();
  expect(await screen.findByText(/Welcome, Ava/)).toBeVisible();
  expect(await violations(container)).toEqual([]);
  await accept();
  await waitFor(() => expect(router.state.location.pathname).toBe("/"));
  expect(accepted).toEqual([{ token: "the-token", name: "", password: "four good long words" }]);
});

test("where a second factor is wanted, the sign-in page goes on with the address", async () => {
  server.use(
    http.post(at("/_allauth/browser/v1/auth/login"), () =>
      HttpResponse.json(
        { status: 401, data: { flows: [{ id: "mfa_authenticate", is_pending: true }] } },
        { status: 401 },
      ),
    ),
  );
  const { router } = page();
  await accept();
  await waitFor(() => expect(router.state.location.pathname).toBe("/sign-in"));
  expect(router.state.location.state).toMatchObject({ email: "ava@mail.test", accepted: true });
});

test.each([
  ["invite_used", "Sign in with your e-mail address"],
  ["invite_expired", "Ask your clinic to send another"],
  ["invite_revoked", "ring your clinic"],
])("%s says what to do", async (code, words) => {
  server.use(http.post(at("/api/v1/invites/verify"), () => problem(410, code, "Gone.")));
  page();
  expect(await screen.findByRole("alert")).toHaveTextContent(words);
});

test("half a link: the code can be given by hand, or the whole link", async () => {
  page("/invite#the-tok");
  const field = await screen.findByLabelText(/The code from your e-mail/);
  expect(await screen.findByText(/Copy the whole link/)).toBeVisible();
  await fill(field, "https://demo.localhost/invite#the-token");
  await userEvent.keyboard("{Enter}");
  expect(await screen.findByText(/Welcome, Ava/)).toBeVisible();
});

test("the password of a login that exists is wrong: the rest stays", async () => {
  server.use(
    http.post(at("/api/v1/invites/accept"), () =>
      problem(400, "wrong_password", "Give the password of that login.", "password"),
    ),
  );
  page();
  await fill(await screen.findByLabelText(/Your name/), "Ava N");
  await accept();
  expect(await screen.findByText("Give the password of that login.")).toBeVisible();
  expect(screen.getByLabelText(/Your name/)).toHaveValue("Ava N");
});
