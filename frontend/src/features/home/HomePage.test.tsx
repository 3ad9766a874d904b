import { act, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { delay, HttpResponse, http } from "msw";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Schema } from "@/api/types";
import { job } from "@/features/patients/jobs/testing";
import { idOf, pageOf, patient } from "@/features/patients/testing";
import { violations } from "@/test/axe";
import { renderPage, someone } from "@/test/render";
import { at, server } from "@/test/server";
import HomePage from "./HomePage";

const overview: Schema<"Overview"> = {
  patients_by_status: { active: 1480, inactive: 7, archived: 4, deceased: 1 },
  patients_by_invite_state: { none: 120, pending: 12, expired: 6, accepted: 20, revoked: 2 },
  medical_records: 410,
  drafts: 9,
  lab_results: 320,
  documents: 404,
  visits_by_week: [],
  follow_ups_due: 1,
  follow_ups: [
    {
      record_id: idOf(20),
      patient_id: idOf(1),
      patient_name: "Ava Nguyen",
      due: "2026-12-01",
      chief_complaint: "Sore throat",
    },
  ],
  pending_invites: [
    {
      invite_id: idOf(30),
      patient_id: idOf(2),
      patient_name: "Ben Ito",
      expires_at: "2026-12-05T01:00:00Z",
    },
  ],
  last_uploads: [
    {
      id: idOf(40),
      file_name: "scan.pdf",
      patient_id: idOf(1),
      uploaded_at: "2026-11-21T01:00:00Z",
    },
  ],
};
const HEALTH = {
  status: "ok",
  database: "ok",
  broker: "ok",
  worker: "ok",
  store: "ok",
  scanner: "off",
};
let jobsAsked = 0;

beforeEach(() => {
  jobsAsked = 0;
  server.use(
    http.get(at("/api/v1/dashboard"), () => HttpResponse.json(overview)),
    http.get(at("/api/v1/health"), () => HttpResponse.json(HEALTH)),
    http.get(at("/api/v1/jobs"), () => {
      jobsAsked += 1;
      return HttpResponse.json(pageOf([job()]));
    }),
    // What the parts of other features ask for.
    http.get(at("/api/v1/lab-results"), () =>
      HttpResponse.json(
        pageOf([
          { id: idOf(50), test_name: "Potassium", value: "4.1", unit: "mmol/L", resulted_on: null },
        ]),
      ),
    ),
    http.get(at("/api/v1/medical-records"), () => HttpResponse.json(pageOf([]))),
    http.get(at("/api/v1/insurances"), () =>
      HttpResponse.json(pageOf([{ id: idOf(60), company: "Medibank", plan: "Gold" }])),
    ),
    http.get(at("/api/v1/files"), () => HttpResponse.json(pageOf([]))),
    http.get(at("/api/v1/document-policies"), () => HttpResponse.json([])),
  );
});
afterEach(() => vi.useRealTimers());

const parent = someone({
  role: "patient",
  staff: false,
  abilities: ["patients.view", "records.view", "insurances.view", "insurances.add"],
});

test("the numbers lead to the lists of what they count, and axe finds nothing", async () => {
  const { container } = renderPage(<HomePage />);
  expect(await screen.findByRole("link", { name: "1,480 Active" })).toHaveAttribute(
    "href",
    "/patients?status=active",
  );
  expect(screen.getByRole("link", { name: "12 Invited" })).toHaveAttribute(
    "href",
    "/patients?invite_state=pending",
  );
  expect(screen.getByRole("link", { name: "Ava Nguyen" })).toHaveAttribute(
    "href",
    `/medical-records/${idOf(20)}`,
  );
  expect(screen.getByRole("link", { name: "scan.pdf" })).toHaveAttribute(
    "href",
    `/patients/${idOf(1)}/documents`,
  );
  expect(await screen.findByText("50 of 200 rows")).toBeVisible();
  expect(await screen.findByText("Switched off")).toBeVisible();
  expect(await violations(container)).toEqual([]);
});

test("an invite is sent again once, however often it is clicked", async () => {
  let sent = 0;
  server.use(
    http.post(at(`/api/v1/invites/${idOf(30)}/resend`), async () => {
      sent += 1;
      await delay(20);
      return HttpResponse.json({ id: idOf(30), delivery_error: "" });
    }),
  );
  renderPage(<HomePage />);
  await userEvent.dblClick(
    await screen.findByRole("button", { name: "Send again: the invite of Ben Ito" }),
  );
  expect(await screen.findByText(/Ben Ito gets another e-mail/)).toBeVisible();
  expect(sent).toBe(1);
});

test("what does not work is said in words, although the answer is 503", async () => {
  server.use(
    http.get(at("/api/v1/health"), () =>
      HttpResponse.json({ ...HEALTH, status: "failing", store: "failing" }, { status: 503 }),
    ),
  );
  renderPage(<HomePage />);
  expect(await screen.findByText("Does not work")).toBeVisible();
  expect(screen.getByText(/Documents cannot be opened/)).toBeVisible();
});

test("the numbers cannot be had: it says so, and the rest of the page tells more", async () => {
  server.use(http.get(at("/api/v1/dashboard"), () => HttpResponse.error(), { once: true }));
  renderPage(<HomePage />);
  const again = await screen.findByRole("button", { name: "Try again" });
  expect(await screen.findByText("Database")).toBeVisible();
  await userEvent.click(again);
  expect(await screen.findByRole("link", { name: "1,480 Active" })).toBeVisible();
});

test("jobs are asked for again while they run, and not by a page that is left", async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  const view = renderPage(<HomePage />);
  await screen.findByText("50 of 200 rows");
  const before = jobsAsked;
  await act(() => vi.advanceTimersByTimeAsync(3_500));
  expect(jobsAsked).toBe(before + 1);
  view.unmount();
  const left = jobsAsked;
  await act(() => vi.advanceTimersByTimeAsync(70_000));
  expect(jobsAsked).toBe(left);
});

test("a provider sees what is theirs, and nothing of the system", async () => {
  const me = someone({ role: "provider", abilities: ["patients.view", "invites.view"] });
  renderPage(<HomePage />, { me });
  await screen.findByRole("link", { name: "1,480 Active" });
  expect(screen.queryByText("The system")).toBeNull();
  expect(screen.queryByRole("button", { name: /Send again/ })).toBeNull();
});

test("a parent chooses whose record it is", async () => {
  const asked: (string | null)[] = [];
  server.use(
    http.get(at("/api/v1/patients"), () => HttpResponse.json(pageOf([patient(1), patient(2)]))),
    http.get(at("/api/v1/lab-results"), ({ request }) => {
      asked.push(new URL(request.url).searchParams.get("patient"));
      return HttpResponse.json(pageOf([]));
    }),
  );
  const { router, container } = renderPage(<HomePage />, { me: parent });
  const choice = await screen.findByRole("radiogroup", { name: "Whose record?" });
  expect(await screen.findByText("No results yet.")).toBeVisible();
  expect(await violations(container)).toEqual([]);
  await userEvent.click(within(choice).getByRole("radio", { name: /First2/ }));
  expect(await screen.findByRole("link", { name: /Everything about First2/ })).toBeVisible();
  expect(router.state.location.search).toBe(`?who=${idOf(2)}`);
  expect(asked).toEqual([idOf(1), idOf(2)]);
});

test("a patient sees the newest of their record, and no choice where there is none", async () => {
  server.use(http.get(at("/api/v1/patients"), () => HttpResponse.json(pageOf([patient(1)]))));
  renderPage(<HomePage />, { me: parent });
  expect(await screen.findByRole("link", { name: "Potassium" })).toBeVisible();
  expect(await screen.findByText("Medibank · Gold")).toBeVisible();
  expect(screen.queryByRole("radiogroup")).toBeNull();
});

test("somebody with no record yet is told so", async () => {
  server.use(http.get(at("/api/v1/patients"), () => HttpResponse.json(pageOf([]))));
  renderPage(<HomePage />, { me: parent });
  expect(await screen.findByText(/There is no record for you/)).toBeVisible();
});

test("a research partner is told what their role is for, and nothing fails", async () => {
  const me = someone({ role: "research_partner", staff: false, abilities: ["research.view"] });
  const { container } = renderPage(<HomePage />, { me });
  expect(screen.getByText(/Data for research/)).toBeVisible();
  expect(within(container).queryByRole("alert")).toBeNull();
  expect(await violations(container)).toEqual([]);
});
