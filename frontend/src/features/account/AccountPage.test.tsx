import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { beforeEach, expect, test } from "vitest";
import { SignedIn } from "@/app/SignedIn";
import { fill } from "@/features/session/fill";
import { violations } from "@/test/axe";
import { renderPage, someone } from "@/test/render";
import { at, server } from "@/test/server";
import AccountPage from "./AccountPage";

const API = at("/_allauth/browser/v1/");
const AUTHENTICATORS = `${API}account/authenticators`;
const TOTP = { type: "totp", created_at: 1, last_used_at: null };
const CODES = { type: "recovery_codes", created_at: 1, last_used_at: null, unused_code_count: 9 };

let on = false;
let reauthenticated = true;
const again = (id = "reauthenticate") =>
  HttpResponse.json(
    { status: 401, data: { flows: [{ id }] }, meta: { is_authenticated: true } },
    { status: 401 },
  );
const bad = (code: string, param: string, message: string) =>
  HttpResponse.json({ status: 400, errors: [{ code, param, message }] }, { status: 400 });

beforeEach(() => {
  on = false;
  reauthenticated = true;
  // biome-ignore lint/suspicious/noDocumentCookie: what Django sets
  document.cookie = "csrftoken=token";
  server.use(
    http.get(AUTHENTICATORS, () =>
      HttpResponse.json({ status: 200, data: on ? [TOTP, CODES] : [] }),
    ),
    http.get(`${AUTHENTICATORS}/totp`, () =>
      reauthenticated
        ? HttpResponse.json(
            { status: 404, meta: { secret: "SECRETKEY", totp_url: "otpauth://totp/x" } },
            { status: 404 },
          )
        : again(),
    ),
    http.post(`${AUTHENTICATORS}/totp`, async ({ request }) => {
      if (JSON.stringify(await request.json()) !== '{"code":"123456"}')
        return bad("incorrect_code", "code", "Incorrect code.");
      on = true;
      return HttpResponse.json({ status: 200, data: TOTP });
    }),
    http.delete(`${AUTHENTICATORS}/totp`, () => {
      on = false;
      return HttpResponse.json({ status: 200 });
    }),
    http.get(`${AUTHENTICATORS}/recovery-codes`, () =>
      HttpResponse.json({
        status: 200,
        data: { ...CODES, unused_codes: ["11112222", "33334444"] },
      }),
    ),
    http.post(`${API}auth/reauthenticate`, async ({ request }) => {
      if (JSON.stringify(await request.json()) !== '{"password":"my password now"}')
        return bad("incorrect_password", "password", "Incorrect password.");
      reauthenticated = true;
      return HttpResponse.json({ status: 200 });
    }),
  );
});

test("it says who is signed in, and axe finds nothing", async () => {
  const { container } = renderPage(<AccountPage />);
  expect(screen.getByText("admin@demo.test")).toBeVisible();
  expect(screen.getByText("Administrator")).toBeVisible();
  await screen.findByText("Switched off");
  expect(await violations(container)).toEqual([]);
});

test("the second factor is switched on by a code, and its recovery codes are shown once", async () => {
  reauthenticated = false;
  renderPage(<AccountPage />);
  await userEvent.click(await screen.findByRole("button", { name: "Switch it on" }));
  const password = await screen.findByLabelText(/^Your password \*?$/);
  await userEvent.type(password, "wrong{Enter}");
  expect(await screen.findByText("This is not your password.")).toBeVisible();
  expect(await violations()).toEqual([]);
  await userEvent.clear(password);
  await fill(password, "my password now");
  await userEvent.keyboard("{Enter}");

  const dialog = await screen.findByRole("dialog", { name: "Switch the second factor on" });
  expect(within(dialog).getByText("SECRETKEY")).toBeVisible();
  const code = within(dialog).getByLabelText(/^Code/);
  await userEvent.type(code, "000000{Enter}");
  expect(await within(dialog).findByText(/This code is wrong/)).toBeVisible();
  expect(await violations()).toEqual([]);
  await userEvent.clear(code);
  await userEvent.type(code, "123 456{Enter}");

  const shown = await screen.findByRole("dialog", { name: "Your recovery codes" });
  expect(within(shown).getByText(/11112222/)).toBeVisible();
  expect(await violations()).toEqual([]);
  await userEvent.click(within(shown).getByRole("button", { name: "I have kept them" }));
  await waitFor(() => expect(screen.queryByText(/11112222/)).toBeNull());
  expect(await screen.findByText("Switched on")).toBeVisible();
  expect(screen.getByText("9 recovery codes are left.")).toBeVisible();
});

test("giving up the reauthentication leaves all as it was", async () => {
  reauthenticated = false;
  renderPage(<AccountPage />);
  await userEvent.click(await screen.findByRole("button", { name: "Switch it on" }));
  await screen.findByRole("dialog");
  await userEvent.keyboard("{Escape}");
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  expect(screen.getByRole("button", { name: "Switch it on" })).toBeEnabled();
  expect(screen.queryByRole("alert")).toBeNull();
});

test("it is switched off only after a question, the password and a code", async () => {
  on = true;
  reauthenticated = false;
  let shown = false;
  server.use(
    http.delete(`${AUTHENTICATORS}/totp`, () => {
      if (!reauthenticated) return again();
      if (!shown) return again("mfa_reauthenticate");
      on = false;
      return HttpResponse.json({ status: 200 });
    }),
    http.post(`${API}auth/2fa/reauthenticate`, () => {
      shown = true;
      return HttpResponse.json({ status: 200 });
    }),
  );
  renderPage(<AccountPage />);
  await userEvent.click(await screen.findByRole("button", { name: "Switch it off" }));
  const dialog = await screen.findByRole("dialog");
  expect(await violations()).toEqual([]);
  await userEvent.click(within(dialog).getByRole("button", { name: "Switch it off" }));
  await userEvent.type(
    await screen.findByLabelText(/^Your password \*?$/),
    "my password now{Enter}",
  );
  await userEvent.type(await screen.findByLabelText(/Code from your/), "123456{Enter}");
  expect(await screen.findByText("Switched off")).toBeVisible();
});

test("the password: a wrong one and a weak one are said where they stand, a good one goes", async () => {
  const answers = [
    bad("enter_current_password", "current_password", "Please type your current password."),
    bad("too_common", "new_password", "This is too common."),
    HttpResponse.json({ status: 200 }),
  ];
  server.use(http.post(`${API}account/password/change`, () => answers.shift()));
  renderPage(<AccountPage />);
  const current = screen.getByLabelText(/Your password now/);
  const chosen = screen.getByLabelText(/New password/);
  await fill(current, "something old");
  await fill(chosen, "four good long words");
  await fill(screen.getByLabelText(/once more/), "four good long words");
  await userEvent.keyboard("{Enter}");
  expect(await screen.findByText("This is not your password.")).toBeVisible();
  expect(current).toHaveFocus();
  await userEvent.click(screen.getByRole("button", { name: "Change the password" }));
  expect(await screen.findByText("This is too common.")).toBeVisible();
  expect(chosen).toHaveFocus();
  expect(chosen).toHaveValue("four good long words");
  await userEvent.click(screen.getByRole("button", { name: "Change the password" }));
  expect(await screen.findByText(/Your password is changed/)).toBeVisible();
  expect(current).toHaveValue("");
});

test("the list of factors cannot be had: it says so and can be tried again", async () => {
  server.use(http.get(AUTHENTICATORS, () => HttpResponse.error(), { once: true }));
  renderPage(<AccountPage />);
  await userEvent.click(await screen.findByRole("button", { name: "Try again" }));
  expect(await screen.findByText("Switched off")).toBeVisible();
});

test("whose clinic wants a second factor goes on once the codes were shown", async () => {
  const me = someone({ second_factor_wanted: true });
  let wanted = true;
  server.use(
    http.get(at("/api/v1/me"), () => HttpResponse.json({ ...me, second_factor_wanted: wanted })),
    http.get(at("/api/v1/dashboard"), () => HttpResponse.json({}, { status: 403 })),
  );
  const { container } = renderPage(<SignedIn />, { me });
  expect(await screen.findByRole("heading", { name: "One thing first" })).toBeVisible();
  expect(screen.queryByRole("navigation")).toBeNull();
  await userEvent.click(await screen.findByRole("button", { name: "Switch it on" }));
  expect(await violations(container)).toEqual([]);
  await userEvent.type(await screen.findByLabelText(/^Code/), "123456{Enter}");
  await screen.findByText(/11112222/);
  wanted = false;
  await userEvent.click(screen.getByRole("button", { name: "I have kept them" }));
  expect(await screen.findByRole("navigation")).toBeVisible();
});

test("a factor that another clinic counts on is not touched here", async () => {
  server.use(
    http.get(`${AUTHENTICATORS}/totp`, () => HttpResponse.json({ status: 409 }, { status: 409 })),
  );
  renderPage(<AccountPage />);
  await userEvent.click(await screen.findByRole("button", { name: "Switch it on" }));
  expect(await screen.findByRole("alert")).toHaveTextContent("Another clinic counts on");
});
