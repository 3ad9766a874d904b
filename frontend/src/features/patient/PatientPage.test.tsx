import { act, screen, waitFor, within } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { expect, test, vi } from "vitest";
import {
  clinic,
  document as documentOf,
  policy,
  problem,
} from "@/components/documents/fixtures/clinic";
import {
  ANNA,
  idOf,
  opened,
  pageOf,
  settled,
  theDialog,
} from "@/features/records/fixtures/records";
import { violations } from "@/test/axe";
import { renderPage } from "@/test/render";
import { at, server } from "@/test/server";
import PatientPage from "./PatientPage";
import { openPatient } from "./test/openPatient";

test("the summary says all in words, and axe finds nothing", async () => {
  const { client, container } = await openPatient();
  await settled(client);
  expect(screen.getByText("born 1 May 1990")).toBeVisible();
  expect(await screen.findByText("Dr Robin Field")).toBeVisible();
  expect(await screen.findByText("Kim Parent")).toBeVisible();
  expect(await screen.findByText("Not invited yet.")).toBeVisible();
  expect(screen.getByText("Messages").closest("a")).toHaveAttribute(
    "href",
    `/messages?patient=${ANNA}`,
  );
  expect(await violations(container)).toEqual([]);
});

test("a patient is archived after asking, and taken back", async () => {
  const { user, state, one } = await openPatient();
  server.use(
    http.post(`${one}/:what`, ({ params }) => {
      const status = params.what === "archive" ? "archived" : "active";
      state.patient = { ...state.patient, status };
      return HttpResponse.json(state.patient, { headers: { ETag: '"9"' } });
    }),
  );
  await user.click(await screen.findByText("Archive"));
  await user.click(within(await opened()).getByText("Archive"));
  await user.click(await screen.findByText("Take out of the archive"));
  expect(await screen.findByText("Archive")).toBeVisible();
});

test("everything is exported by a job, and asked for until it is ready", async () => {
  const { user, one } = await openPatient();
  const zip = {
    id: idOf(90),
    kind: "export",
    state: "making",
    job: null,
    documents: 0,
    complete: false,
    size: null,
    sha256: "",
    created_at: "2026-11-21T01:00:00Z",
    expires_at: null,
    download: null,
  };
  const ready = { ...zip, state: "ready", documents: 3, complete: true, download: "/zip" };
  let asked = 0;
  server.use(
    http.post(`${one}/export`, () => HttpResponse.json(zip, { status: 202 })),
    http.get(at("/api/v1/archives/:id"), () => HttpResponse.json(asked++ > 0 ? ready : zip)),
  );
  vi.useFakeTimers({ shouldAdvanceTime: true, advanceTimeDelta: 200 });
  await user.click(screen.getByText("Export everything"));
  expect(await screen.findByText("The ZIP is being made …")).toBeVisible();
  expect(await screen.findByText("The ZIP with 3 documents is ready.")).toBeVisible();
  expect(screen.getByText("Download the ZIP")).toHaveAttribute("href", "/zip");
  vi.useRealTimers();
});

test("the timeline is grouped by the clinic's days, filtered, and leads to the records", async () => {
  const kinds: (string | null)[] = [];
  const entry = (number: number, kind: string, when: string, title: string) => ({
    kind,
    at: when,
    id: idOf(number),
    title,
    url: null,
  });
  const ready = openPatient({ tab: "/timeline" });
  server.use(
    http.get(at("/api/v1/patients/:id/timeline"), ({ request }) => {
      kinds.push(new URL(request.url).searchParams.get("kind"));
      return pageOf([
        entry(1, "visit", "2026-11-01T22:00:00Z", "Sore throat"),
        entry(2, "document", "2026-11-02T01:00:00Z", "scan.pdf"),
        entry(3, "invite", "2026-10-31T01:00:00Z", "Invited"),
      ]);
    }),
  );
  const { user, router, container, client } = await ready;
  expect(await screen.findByText("Sore throat")).toHaveAttribute("href", `/visits/${idOf(1)}`);
  const headings = screen
    .getAllByRole("heading", { level: 2 })
    .map((one) => one.textContent?.replace(",", ""));
  expect(headings).toEqual(["Monday 2 November 2026", "Saturday 31 October 2026"]);
  await settled(client);
  expect(await violations(container)).toEqual([]);
  await user.click(screen.getByLabelText("Visits"));
  await waitFor(() => expect(router.state.location.search).toBe("?kind=visit"));
  await waitFor(() => expect(kinds.at(-1)).toBe("visit"));
});

test("files that were chosen for a patient are asked about before they are lost", async () => {
  const ready = openPatient({ tab: "/documents" });
  clinic({ rules: policy({ slug: "patients" }) });
  server.use(http.get(at("/api/v1/files"), () => pageOf([])));
  const { user, router } = await ready;
  await user.click(await screen.findByText("Add documents"));
  await user.upload(
    await screen.findByLabelText("Choose files", { selector: "input" }),
    new File(["a"], "letter.txt", { type: "text/plain" }),
  );
  await user.click(screen.getByText("Timeline"));
  expect(await screen.findByText("Leave without saving?")).toBeVisible();
  await user.click(screen.getByText("Go on writing"));
  expect(router.state.location.pathname).toBe(`/patients/${ANNA}/documents`);
  expect(screen.getAllByText("letter.txt")[0]).toBeVisible();
});

test("documents of all records, and one of the timeline opened", async () => {
  const pages: string[] = [];
  const ready = openPatient({ tab: "/documents" });
  server.use(
    http.get(at("/api/v1/files"), ({ request }) => {
      pages.push(new URL(request.url).searchParams.get("patient") ?? "");
      return pageOf([documentOf({ file_name: "referral.pdf", patient_id: ANNA })]);
    }),
  );
  const { container, client } = await ready;
  expect((await screen.findAllByText("referral.pdf"))[0]).toBeVisible();
  expect(pages).toContain(ANNA);
  await settled(client);
  expect(await violations(container)).toEqual([]);
});

test("the records of a tab are this patient's, and open over it", async () => {
  const { asked, router, user } = await openPatient({ tab: "/lab-results" });
  await user.click(await screen.findByText("Test 1"));
  await screen.findByText("Entered", { exact: false });
  expect(router.state.location.search).toBe(`?record=${idOf(1)}`);
  expect(asked.lists[0]?.get("patient")).toBe(ANNA);
  await act(() => router.navigate(-1));
  await waitFor(() => expect(router.state.location.search).toBe(""));
  await user.click(await screen.findByText("Add a lab result"));
  await screen.findByText("Choose files");
  expect(within(theDialog()).queryByLabelText(/^Patient/, { selector: "input" })).toBeNull();
});

test("a patient who is not there is said to be gone", async () => {
  server.use(http.get(at("/api/v1/patients/:id"), () => problem(404, "not_found", "Nothing.")));
  renderPage(<PatientPage />, { route: "/patients/:patientId/:tab?", path: "/patients/x" });
  expect(await screen.findByText(/There is no such patient/)).toBeVisible();
});
