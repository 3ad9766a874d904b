import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { beforeEach, expect, test } from "vitest";
import { violations } from "@/test/axe";
import { at, server } from "@/test/server";
import ForgotPasswordPage from "./ForgotPasswordPage";
import { fill } from "./fill";
import { renderPublic } from "./renderPublic";

const REQUEST = at("/_allauth/browser/v1/auth/password/request");
const RESET = at("/_allauth/browser/v1/auth/password/reset");
const page = (path = "/forgot-password") =>
  renderPublic(<ForgotPasswordPage />, path, "/forgot-password");

beforeEach(() => {
  // biome-ignore lint/suspicious/noDocumentCookie: what Django sets
  document.cookie = "csrftoken=token";
});

test("the link is on its way if there is such a login: nobody is told which", async () => {
  const asked: unknown[] = [];
  server.use(
    http.post(REQUEST, async ({ request }) => {
      asked.push(await request.json());
      return HttpResponse.json({ status: 200 });
    }),
  );
  const { container } = page();
  expect(await violations(container)).toEqual([]);
  await fill(screen.getByLabelText(/E-mail address/), "ada@demo.test");
  await userEvent.keyboard("{Enter}");
  expect(await screen.findByRole("status")).toHaveTextContent("If there is a login for");
  expect(asked).toEqual([{ email: "ada@demo.test" }]);
});

test("asking too often is said in words", async () => {
  server.use(http.post(REQUEST, () => HttpResponse.json({ status: 429 }, { status: 429 })));
  page();
  await fill(screen.getByLabelText(/E-mail address/), "ada@demo.test");
  await userEvent.keyboard("{Enter}");
  expect(await screen.findByRole("alert")).toHaveTextContent("Wait a few minutes");
  expect(screen.getByLabelText(/E-mail address/)).toHaveValue("ada@demo.test");
});

test.each(["#key=the-key", "#the-key", "?key=the-key"])(
  "%s leads to a new password",
  async (link) => {
    const sent: unknown[] = [];
    server.use(
      http.get(RESET, ({ request }) => {
        expect(request.headers.get("X-Password-Reset-Key")).toBe("the-key");
        return HttpResponse.json({ status: 200, data: { user: { email: "ada@demo.test" } } });
      }),
      http.post(RESET, async ({ request }) => {
        sent.push(await request.json());
        return HttpResponse.json(
          { status: 401, data: { flows: [{ id: "login" }] } },
          { status: 401 },
        );
      }),
    );
    const { router, container } = page(`/forgot-password${link}`);
    await fill(await screen.findByLabelText(/New password/), "four good long words");
    await fill(screen.getByLabelText(/once more/), "four good long word");
    expect(screen.getByText("The two passwords differ.")).toBeVisible();
    expect(await violations(container)).toEqual([]);
    await userEvent.type(screen.getByLabelText(/once more/), "s{Enter}");
    await waitFor(() => expect(router.state.location.pathname).toBe("/sign-in"));
    expect(router.state.location.state).toMatchObject({ email: "ada@demo.test" });
    expect(sent).toEqual([{ key: "the-key", password: "four good long words" }]);
  },
);

test("a link that was used leads to another one", async () => {
  server.use(
    http.get(RESET, () =>
      HttpResponse.json(
        { status: 400, errors: [{ code: "invalid_password_reset", param: "key", message: "No" }] },
        { status: 400 },
      ),
    ),
  );
  page("/forgot-password#key=old");
  expect(await screen.findByRole("alert")).toHaveTextContent("has been used or has expired");
  await userEvent.click(screen.getByRole("link", { name: "Send me a new link" }));
  expect(await screen.findByRole("button", { name: "Send the link" })).toBeVisible();
});

test("a weak password is said beside the field", async () => {
  server.use(
    http.get(RESET, () => HttpResponse.json({ status: 200, data: {} })),
    http.post(RESET, () =>
      HttpResponse.json(
        {
          status: 400,
          errors: [{ code: "too_common", param: "password", message: "This is too common." }],
        },
        { status: 400 },
      ),
    ),
  );
  page("/forgot-password#key=k");
  await fill(await screen.findByLabelText(/New password/), "passwordpassword");
  await fill(screen.getByLabelText(/once more/), "passwordpassword");
  await userEvent.keyboard("{Enter}");
  expect(await screen.findByText("This is too common.")).toBeVisible();
  expect(screen.getByLabelText(/New password/)).toHaveFocus();
});
