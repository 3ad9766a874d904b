import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { delay, HttpResponse, http } from "msw";
import { beforeEach, expect, test } from "vitest";
import { violations } from "@/test/axe";
import { someone } from "@/test/render";
import { at, server } from "@/test/server";
import { fill } from "./fill";
import { renderPublic } from "./renderPublic";
import SignInPage from "./SignInPage";

const LOGIN = at("/_allauth/browser/v1/auth/login");
const CODE = at("/_allauth/browser/v1/auth/2fa/authenticate");
const PENDING = {
  status: 401,
  data: { flows: [{ id: "login" }, { id: "mfa_authenticate", is_pending: true }] },
  meta: { is_authenticated: false },
};

let signedIn = false;
let logins: unknown[] = [];
beforeEach(() => {
  signedIn = false;
  logins = [];
  // biome-ignore lint/suspicious/noDocumentCookie: what Django sets
  document.cookie = "csrftoken=token";
  server.use(
    http.get(at("/api/v1/me"), () =>
      signedIn ? HttpResponse.json(someone()) : HttpResponse.json({}, { status: 401 }),
    ),
    http.post(LOGIN, async ({ request }) => {
      logins.push(await request.json());
      signedIn = true;
      return HttpResponse.json({ status: 200, data: {}, meta: { is_authenticated: true } });
    }),
  );
});

async function fillIn(email = "ada@demo.test", password = "correct horse battery") {
  await fill(await screen.findByLabelText(/E-mail address/), email);
  await fill(screen.getByLabelText(/^Password/), password);
  await userEvent.click(screen.getByRole("button", { name: "Sign in" }));
}
const page = (path = "/sign-in") => renderPublic(<SignInPage />, path, "/sign-in");

test("who signs in goes on to the page they wanted", async () => {
  const { router } = page("/sign-in?next=%2Fpatients%3Fstatus%3Dactive");
  await fillIn();
  await waitFor(() => expect(router.state.location.pathname).toBe("/patients"));
  expect(router.state.location.search).toBe("?status=active");
  expect(logins).toEqual([{ email: "ada@demo.test", password: "correct horse battery" }]);
});

test("another host is not followed", async () => {
  const { router } = page("/sign-in?next=%2F%2Fevil.example%2F");
  await fillIn();
  await waitFor(() => expect(router.state.location.pathname).toBe("/"));
});

test("who is signed in already does not sign in again", async () => {
  signedIn = true;
  const { router } = page("/sign-in?next=%2Fvisits");
  await waitFor(() => expect(router.state.location.pathname).toBe("/visits"));
});

test("a wrong password is said in words, and the field is ready for another", async () => {
  server.use(
    http.post(LOGIN, () =>
      HttpResponse.json(
        {
          status: 400,
          errors: [{ code: "email_password_mismatch", param: "password", message: "No." }],
        },
        { status: 400 },
      ),
    ),
  );
  page();
  await fillIn();
  expect(await screen.findByRole("alert")).toHaveTextContent("E-mail address or password is wrong");
  expect(screen.getByLabelText(/^Password/)).toHaveFocus();
  expect(screen.getByLabelText(/E-mail address/)).toHaveValue("ada@demo.test");
});

test("a lock-out says how long it lasts", async () => {
  server.use(
    http.post(LOGIN, () =>
      HttpResponse.json(
        {
          status: 429,
          code: "login_locked",
          detail: "Too many failed logins. Try again in 15 minutes.",
          errors: [],
        },
        { status: 429, headers: { "Content-Type": "application/problem+json" } },
      ),
    ),
  );
  page();
  await fillIn();
  expect(await screen.findByRole("alert")).toHaveTextContent("Try again in 15 minutes.");
});

test("the network is away: what was typed stays", async () => {
  server.use(http.post(LOGIN, () => HttpResponse.error()));
  page();
  await fillIn();
  expect(await screen.findByRole("alert")).toHaveTextContent("cannot be reached");
  expect(screen.getByLabelText(/^Password/)).toHaveValue("correct horse battery");
});

test("two clicks sign in once", async () => {
  server.use(
    http.post(LOGIN, async () => {
      logins.push("one");
      await delay(30);
      signedIn = true;
      return HttpResponse.json({ status: 200 });
    }),
  );
  const { router } = page();
  await fill(await screen.findByLabelText(/E-mail address/), "ada@demo.test");
  await fill(screen.getByLabelText(/^Password/), "correct horse battery");
  await userEvent.keyboard("{Enter}{Enter}");
  await waitFor(() => expect(router.state.location.pathname).toBe("/"));
  expect(logins).toEqual(["one"]);
});

test("the second factor is asked for, and a wrong code can be mended", async () => {
  const codes: unknown[] = [];
  server.use(
    http.post(LOGIN, () => HttpResponse.json(PENDING, { status: 401 })),
    http.post(CODE, async ({ request }) => {
      codes.push(await request.json());
      if (codes.length === 1)
        return HttpResponse.json(
          { status: 400, errors: [{ code: "incorrect_code", param: "code", message: "No." }] },
          { status: 400 },
        );
      signedIn = true;
      return HttpResponse.json({ status: 200 });
    }),
  );
  const { router, container } = page("/sign-in?next=%2Fvisits");
  await fillIn();
  const field = await screen.findByLabelText(/Code from the app/);
  expect(field).toHaveFocus();
  expect(await violations(container)).toEqual([]);
  await userEvent.type(field, "123 456{Enter}");
  expect(await screen.findByText(/This code is wrong/)).toBeVisible();
  expect(field).toHaveFocus();
  await userEvent.clear(field);
  await userEvent.type(field, "654321{Enter}");
  await waitFor(() => expect(router.state.location.pathname).toBe("/visits"));
  expect(codes).toEqual([{ code: "123456" }, { code: "654321" }]);
});

test("a login that waited too long for its code begins anew", async () => {
  server.use(
    http.post(LOGIN, () => HttpResponse.json(PENDING, { status: 401 })),
    http.post(CODE, () => HttpResponse.json({ status: 409 }, { status: 409 })),
  );
  page();
  await fillIn();
  await userEvent.type(await screen.findByLabelText(/Code from the app/), "123456{Enter}");
  expect(await screen.findByRole("alert")).toBeVisible();
  expect(screen.getByLabelText(/E-mail address/)).toHaveValue("ada@demo.test");
});

test("a login of another clinic is told so", async () => {
  server.use(http.get(at("/api/v1/me"), () => HttpResponse.json({}, { status: 403 })));
  page();
  await fillIn();
  expect(await screen.findByRole("alert")).toHaveTextContent("does not belong to this clinic");
});

test("caps lock is said, and axe finds nothing", async () => {
  const { container } = page();
  const field = await screen.findByLabelText(/^Password/);
  await userEvent.click(field);
  await userEvent.keyboard("{CapsLock}a");
  expect(screen.getByText("Caps lock is on.")).toBeVisible();
  expect(await violations(container)).toEqual([]);
});
