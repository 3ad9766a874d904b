import { QueryClient } from "@tanstack/react-query";
import { render } from "@testing-library/react";
import type { ReactNode } from "react";
import { createMemoryRouter, RouterProvider } from "react-router";
import type { Me } from "@/api/types";
import { Providers } from "@/app/Providers";
import { SessionProvider } from "@/app/session";

const EVERYTHING = ["patients", "records", "insurances", "invites", "messages", "documents", "jobs"]
  .flatMap((area) => ["view", "add", "change", "delete"].map((verb) => `${area}.${verb}`))
  .concat("system.view");

/** Somebody who is signed in; say what differs. */
export const someone = (over: Partial<Me> = {}): Me => ({
  user: { id: "01931f6e-0000-7000-8000-000000000001", email: "admin@demo.test", name: "Ada Admin" },
  account: {
    id: "01931f6e-0000-7000-8000-00000000000a",
    name: "Demo Clinic",
    schema_name: "demo",
    time_zone: "Australia/Sydney",
    locale: "en-AU",
  },
  membership_id: "01931f6e-0000-7000-8000-000000000002",
  role: "admin",
  staff: true,
  abilities: EVERYTHING,
  second_factor: false,
  second_factor_wanted: false,
  ...over,
});

export const makeTestClient = () =>
  new QueryClient({ defaultOptions: { queries: { retry: false }, mutations: { retry: false } } });

type Options = { path?: string; route?: string; me?: Me; client?: QueryClient };

/** Render something where a page would stand: `route` is its pattern, `path` the address. */
export function renderPage(
  element: ReactNode,
  { path = "/", route = "*", me = someone(), client = makeTestClient() }: Options = {},
) {
  const router = createMemoryRouter(
    [{ path: route, element: <SessionProvider me={me}>{element}</SessionProvider> }],
    { initialEntries: [path] },
  );
  const view = render(
    <Providers client={client}>
      <RouterProvider router={router} />
    </Providers>,
  );
  return { ...view, router, client };
}
