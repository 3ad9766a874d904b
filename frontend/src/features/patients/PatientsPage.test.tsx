import { act, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { delay, HttpResponse, http } from "msw";
import { beforeEach, expect, test } from "vitest";
import { fill } from "@/features/session/fill";
import { violations } from "@/test/axe";
import { renderPage, someone } from "@/test/render";
import { at, server } from "@/test/server";
import PatientsPage from "./PatientsPage";
import { idOf, pageOf, patient } from "./testing";

const PATIENTS = at("/api/v1/patients");
let asked: URLSearchParams[] = [];
const problem = (status: number, body: Record<string, unknown>) =>
  HttpResponse.json(
    { status, title: "", type: "about:blank", errors: [], ...body },
    { status, headers: { "Content-Type": "application/problem+json" } },
  );

beforeEach(() => {
  asked = [];
  server.use(
    http.get(at("/api/v1/clinicians"), () =>
      HttpResponse.json(pageOf([{ id: idOf(900), name: "Dr Sam Hill" }])),
    ),
    http.get(PATIENTS, ({ request }) => {
      const query = new URL(request.url).searchParams;
      asked.push(query);
      if (query.get("search") === "nobody") return HttpResponse.json(pageOf([]));
      return HttpResponse.json(
        query.get("cursor") === "two"
          ? pageOf([patient(3)], null, `${PATIENTS}?cursor=one`)
          : pageOf(
              [patient(1, { clinician_id: idOf(900) }), patient(2, { email: "" })],
              `${PATIENTS}?cursor=two`,
            ),
      );
    }),
  );
});

const page = (path = "/patients", me = someone()) =>
  renderPage(<PatientsPage />, { path, route: "/patients", me });

test("the table says who they are, and axe finds nothing", async () => {
  const { container } = page();
  const row = (await screen.findByRole("link", { name: "First1 Person" })).closest("tr");
  expect(row).toHaveTextContent("1 Mar 2015");
  expect(row).toHaveTextContent("Dr Sam Hill");
  expect(screen.getByRole("link", { name: "First1 Person" })).toHaveAttribute(
    "href",
    `/patients/${idOf(1)}`,
  );
  expect(screen.getByRole("columnheader", { name: /Name/ })).toHaveAttribute(
    "aria-sort",
    "ascending",
  );
  expect(await violations(container)).toEqual([]);
});

test("what the address says is asked for, and nonsense is left out", async () => {
  page(
    `/patients?search=ann&status=active&status=inactive&status=x&invite_state=pending&clinician=nobody&unassigned=true&sort=-updated&cursor=two`,
  );
  await screen.findByText("First3 Person");
  expect(asked[0]?.toString()).toBe(
    "sort=-updated&search=ann&status=active&status=inactive&invite_state=pending&unassigned=true&cursor=two",
  );
});

test("a search asks once typing has stopped, and an early answer that comes late is not shown", async () => {
  let late = 0;
  server.use(
    http.get(PATIENTS, async ({ request }) => {
      const search = new URL(request.url).searchParams.get("search");
      asked.push(new URL(request.url).searchParams);
      if (search === "ann") {
        request.signal.addEventListener("abort", () => {
          late += 1;
        });
        await delay(400);
        return HttpResponse.json(pageOf([patient(7)]));
      }
      return HttpResponse.json(pageOf([patient(search === "anna" ? 8 : 1)]));
    }),
  );
  const { router } = page();
  await screen.findByText("First1 Person");
  const field = screen.getByRole("textbox", { name: "Search" });
  await userEvent.type(field, "ann");
  await waitFor(() => expect(router.state.location.search).toBe("?search=ann"));
  await waitFor(() => expect(asked.map((one) => one.get("search"))).toEqual([null, "ann"]));
  await userEvent.type(field, "a{Enter}");
  expect(await screen.findByText("First8 Person")).toBeVisible();
  await waitFor(() => expect(late).toBe(1));
  expect(screen.queryByText("First7 Person")).toBeNull();
});

test("pages, order and Back live in the address", async () => {
  const { router } = page();
  await screen.findByText("First1 Person");
  await userEvent.click(screen.getByRole("button", { name: "Next" }));
  expect(await screen.findByText("First3 Person")).toBeVisible();
  expect(router.state.location.search).toBe("?cursor=two");
  await userEvent.click(screen.getByRole("button", { name: /Date of birth/ }));
  await screen.findByText("First1 Person");
  expect(router.state.location.search).toBe("?sort=date_of_birth");
  await act(() => router.navigate(-1));
  expect(await screen.findByText("First3 Person")).toBeVisible();
});

test("empty, forbidden and failed are said", async () => {
  const empty = page("/patients?search=nobody");
  expect(await screen.findByText(/No patient fits/)).toBeVisible();
  empty.unmount();
  const partner = someone({ role: "research_partner", staff: false, abilities: ["research.view"] });
  const forbidden = page("/patients", partner);
  expect(screen.getByText("This is not open to you.")).toBeVisible();
  forbidden.unmount();
  server.use(http.get(PATIENTS, () => HttpResponse.error(), { once: true }));
  page();
  await userEvent.click(await screen.findByRole("button", { name: "Try again" }));
  expect(await screen.findByText("First1 Person")).toBeVisible();
});

test("of many who are invited the refused are named, with the reason", async () => {
  const sent: unknown[] = [];
  server.use(
    http.post(at("/api/v1/bulk_invite"), async ({ request }) => {
      sent.push(await request.json());
      await delay(20);
      return HttpResponse.json({
        invited: 1,
        refused: 1,
        results: [
          { patient_id: idOf(1), status: "invited", invite: null, code: "", detail: "" },
          {
            patient_id: idOf(2),
            status: "refused",
            invite: null,
            code: "no_email",
            detail: "This patient has no e-mail address.",
          },
        ],
      });
    }),
  );
  page();
  await userEvent.click(await screen.findByRole("checkbox", { name: /Select all/ }));
  await userEvent.click(screen.getByRole("button", { name: "Invite …" }));
  const dialog = await screen.findByRole("dialog", { name: "Invite 2 patients" });
  expect(await violations()).toEqual([]);
  await fill(within(dialog).getByLabelText(/A line for them/), "Welcome!");
  await userEvent.dblClick(within(dialog).getByRole("button", { name: "Invite" }));
  expect(await within(dialog).findByText("1 patient is invited.")).toBeVisible();
  const row = within(dialog).getByRole("row", { name: /First2 Person/ });
  expect(row).toHaveTextContent("This patient has no e-mail address.");
  expect(await violations()).toEqual([]);
  expect(sent).toEqual([
    { patient_ids: [idOf(1), idOf(2)], message: "Welcome!", expires_in_days: 14 },
  ]);
});

test("one is invited from their row; what the server refuses is said", async () => {
  server.use(
    http.post(at("/api/v1/generate_invite"), () =>
      problem(409, { code: "invite_pending", detail: "There is an open invite; resend it." }),
    ),
  );
  page();
  await userEvent.click(await screen.findByRole("button", { name: "Invite First1 Person" }));
  await userEvent.click(await screen.findByRole("button", { name: "Invite" }));
  expect(await screen.findByText("There is an open invite; resend it.")).toBeVisible();
});

test("who may not invite is offered none", async () => {
  const me = someone();
  page("/patients", { ...me, abilities: ["patients.view"] });
  await screen.findByText("First1 Person");
  expect(screen.queryByRole("checkbox", { name: /Select/ })).toBeNull();
  expect(screen.queryByRole("button", { name: /Invite/ })).toBeNull();
  expect(screen.queryByRole("button", { name: "Add a patient" })).toBeNull();
});
