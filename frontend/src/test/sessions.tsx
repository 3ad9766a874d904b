import { act, render } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import type { ReactNode } from "react";
import { createMemoryRouter, RouterProvider } from "react-router";
import type { Me } from "@/api/types";
import { Providers } from "@/app/Providers";
import { SignedIn } from "@/app/SignedIn";
import SignInPage from "@/features/session/SignInPage";
import { makeTestClient, someone } from "./render";
import { at, server } from "./server";

export const ADA = someone();
export const BEN = someone({
  user: { id: "01931f6e-0000-7000-8000-0000000000be", email: "ben@demo.test", name: "Ben Other" },
});

const SAFE = ["GET", "HEAD", "OPTIONS"];
let logins = 0;

/** The browser's cookies and the server's sessions: who is signed in may change, or be nobody. */
export function sessions(people: Me[] = [ADA, BEN]) {
  let now: Me | null = null;
  let asksForCode = false;
  let wanted: Me | null = null;
  const writes: { by: string; path: string }[] = [];
  const enter = (person: Me) => {
    now = person;
    // biome-ignore lint/suspicious/noDocumentCookie: each login makes another, as Django does
    document.cookie = `csrftoken=token-${++logins}`;
  };
  const nobody = () => HttpResponse.json({ code: "not_authenticated" }, { status: 401 });
  const done = () => HttpResponse.json({ status: 200, meta: { is_authenticated: true } });
  server.use(
    http.all(at("/api/*"), ({ request }) => {
      if (!now) return nobody();
      if (SAFE.includes(request.method)) return undefined;
      if (request.headers.get("X-CSRFToken") !== `token-${logins}`)
        return HttpResponse.json({ code: "csrf_failed" }, { status: 403 });
      writes.push({ by: now.user.email, path: new URL(request.url).pathname });
      return undefined; // the answer of whatever a test is about follows
    }),
    http.get(at("/api/v1/me"), () => (now ? HttpResponse.json(now) : nobody())),
    http.get(at("/api/v1/conversations/unread"), () =>
      HttpResponse.json({ messages: 0, conversations: 0, unmatched: 0 }),
    ),
    http.post(at("/_allauth/browser/v1/auth/login"), async ({ request }) => {
      const { email } = (await request.json()) as { email: string };
      wanted = people.find(({ user }) => user.email === email) ?? null;
      if (asksForCode)
        return HttpResponse.json(
          { status: 401, data: { flows: [{ id: "mfa_authenticate", is_pending: true }] } },
          { status: 401 },
        );
      if (wanted) enter(wanted);
      return done();
    }),
    http.post(at("/_allauth/browser/v1/auth/2fa/authenticate"), () => {
      if (wanted) enter(wanted);
      return done();
    }),
  );
  enter(ADA);
  return {
    /** What was changed, and as whom. */
    writes,
    /** In another tab, or by time: nothing here hears of it. */
    end: () => {
      now = null;
    },
    enter,
    askForCode: () => {
      asksForCode = true;
    },
  };
}

/** Come back to the tab, as after half an hour elsewhere. */
export const comeBack = () =>
  act(async () => {
    window.dispatchEvent(new Event("visibilitychange"));
    window.dispatchEvent(new Event("focus"));
  });

/** Render a page below everything that knows of the session, beside the real page for signing in. */
export function renderSignedIn(page: ReactNode, route: string, path: string) {
  const router = createMemoryRouter(
    [
      { path: "/sign-in", element: <SignInPage /> },
      { element: <SignedIn />, children: [{ path: route, element: page }] },
    ],
    { initialEntries: [path] },
  );
  const client = makeTestClient();
  const view = render(
    <Providers client={client}>
      <RouterProvider router={router} />
    </Providers>,
  );
  return { ...view, router, client };
}
