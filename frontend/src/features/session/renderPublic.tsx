import { render } from "@testing-library/react";
import type { ReactNode } from "react";
import { createMemoryRouter, RouterProvider } from "react-router";
import { Providers } from "@/app/Providers";
import { makeTestClient } from "@/test/render";

/** For tests: render a page of those who are not signed in; other addresses are blank pages. */
export function renderPublic(element: ReactNode, path: string, route: string) {
  const router = createMemoryRouter(
    [
      { path: route, element },
      { path: "*", element: <p>Another page</p> },
    ],
    { initialEntries: [path] },
  );
  const view = render(
    <Providers client={makeTestClient()}>
      <RouterProvider router={router} />
    </Providers>,
  );
  return { ...view, router };
}
