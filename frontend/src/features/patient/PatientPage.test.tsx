import { notifications } from "@mantine/notifications";
import { act, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { afterEach, expect, test, vi } from "vitest";
import type { Me, Schema } from "@/api/types";
import {
  clinic,
  document as documentOf,
  policy,
  problem,
} from "@/components/documents/fixtures/clinic";
import {
  ANNA,
  aLab,
  aPatient,
  asPatient,
  idOf,
  opened,
  pageOf,
  recordsServer,
  settled,
  theDialog,
} from "@/features/records/fixtures/records";
import { violations } from "@/test/axe";
import { held } from "@/test/held";
import { renderPage, someone } from "@/test/render";
import { at, server } from "@/test/server";
import PatientPage from "./PatientPage";

vi.setConfig({ testTimeout: 20_000 });
afterEach(() => {
  act(() => {
    notifications.clean();
    notifications.cleanQueue();
  });
});

const admin = () => {
  const me = someone();
  return { ...me, abilities: [...me.abilities, "patients.export"] };
};
const anInvite = (over: Partial<Schema<"Invite">> = {}): Schema<"Invite"> => ({
  id: idOf(80),
  patient_id: ANNA,
  patient_name: "Anna Nguyen",
  email: "anna@mail.test",
  status: "pending",
  clinician_id: null,
  message: "",
  expires_at: "2026-12-05T01:00:00Z",
  sent_at: "2026-11-21T01:00:00Z",
  sent_count: 1,
  delivery_error: "",
  accepted_at: null,
  created_at: "2026-11-21T01:00:00Z",
  ...over,
});

type Options = { tab?: string; me?: Me; patient?: Partial<Schema<"Patient">> };

async function open({ tab = "", me = admin(), patient = {} }: Options = {}) {
  const api = recordsServer("lab-results", [aLab(1)]);
  const state = { patient: aPatient(patient), tag: 1, invites: [] as Schema<"Invite">[] };
  const changed: unknown[] = [];
  const one = at("/api/v1/patients/:id");
  const show = () => HttpResponse.json(state.patient, { headers: { ETag: `"${state.tag}"` } });
  server.use(
    http.get(one, ({ params }) => (params.id === ANNA ? show() : problem(404, "x", "Gone."))),
    http.patch(one, async ({ request }) => {
      if (request.headers.get("If-Match") !== `"${state.tag}"`)
        return problem(412, "changed_meanwhile", "Somebody has changed this.");
      const body = (await request.json()) as object;
      changed.push(body);
      state.patient = { ...state.patient, ...body };
      state.tag += 1;
      return show();
    }),
    http.get(`${one}/guardians`, () =>
      pageOf([
        {
          id: idOf(60),
          patient_id: ANNA,
          user_id: idOf(61),
          email: "kim@mail.test",
          name: "Kim Parent",
          relationship: "parent",
          is_active: true,
          created_at: "2026-01-01T01:00:00Z",
          updated_at: "2026-01-01T01:00:00Z",
        },
      ]),
    ),
    http.get(at("/api/v1/invites"), () => pageOf(state.invites)),
  );
  const user = userEvent.setup({ delay: null });
  const view = renderPage(<PatientPage />, {
    route: "/patients/:patientId/:tab?",
    path: `/patients/${ANNA}${tab}`,
    me,
  });
  await screen.findByText("Anna Nguyen", { selector: "h1" });
  return { ...api, ...view, user, state, changed, one };
}

test("the summary says all in words, and axe finds nothing", async () => {
  const { client, container } = await open();
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

test("patients see and change what is theirs", async () => {
  const { client, user, changed } = await open({ me: asPatient() });
  await settled(client);
  for (const text of ["Archive", "Export everything", "Login", "Add a guardian", "Messages"])
    expect(screen.queryByText(text)).toBeNull();
  await user.click(await screen.findByText("Change phone and address"));
  expect(within(await opened()).queryByLabelText("First name")).toBeNull();
  await user.clear(await screen.findByLabelText("Phone"));
  await user.type(screen.getByLabelText("Phone"), "+61400000000");
  expect(await violations(theDialog())).toEqual([]);
  await user.dblClick(screen.getByText("Save"));
  expect(await screen.findByText("+61400000000")).toBeVisible();
  expect(changed).toEqual([{ phone: "+61400000000" }]);
});

test("somebody else's change meanwhile is shown, and mine is kept", async () => {
  const { user, state, changed } = await open();
  await user.click(await screen.findByText("Edit"));
  await user.clear(await screen.findByLabelText("Phone"));
  await user.type(screen.getByLabelText("Phone"), "+61400000000");
  state.patient = { ...state.patient, address: "2 New Street" };
  state.tag = 7;
  await user.click(screen.getByText("Save"));
  expect(await screen.findByText("Somebody else has changed this meanwhile")).toBeVisible();
  expect(within(theDialog()).getByText("2 New Street")).toBeVisible();
  await user.click(screen.getByText("Keep mine where both changed"));
  expect(screen.getByLabelText("Address")).toHaveValue("2 New Street");
  await user.click(screen.getByText("Save"));
  await waitFor(() => expect(changed).toEqual([{ phone: "+61400000000" }]));
});

test("messages of the server stand beside their fields", async () => {
  const { user, one } = await open();
  server.use(
    http.patch(one, () => problem(400, "invalid", "Enter a valid phone number.", "phone")),
  );
  await user.click(await screen.findByText("Edit"));
  await user.type(await screen.findByLabelText("Phone"), "1");
  await user.click(screen.getByText("Save"));
  await waitFor(() => expect(screen.getByLabelText("Phone")).toHaveFocus());
  expect(screen.getByLabelText("Phone")).toHaveAccessibleDescription(/valid phone number/);
});

test("an invitation is sent once; sent again and withdrawn", async () => {
  const { user, state } = await open();
  const sent: unknown[] = [];
  const done: string[] = [];
  server.use(
    http.post(at("/api/v1/generate_invite"), async ({ request }) => {
      sent.push(await request.json());
      state.invites = [anInvite()];
      state.patient = { ...state.patient, invite_state: "pending" };
      return HttpResponse.json({ ...anInvite(), link: "" }, { status: 201 });
    }),
    http.post(at("/api/v1/invites/:id/:what"), ({ params }) => {
      done.push(String(params.what));
      if (params.what === "revoke") state.patient = { ...state.patient, invite_state: "revoked" };
      return HttpResponse.json({ ...anInvite(), link: "" });
    }),
  );
  await user.click(await screen.findByText("Invite"));
  expect(await violations(await opened())).toEqual([]);
  await user.dblClick(within(theDialog()).getByText("Invite"));
  expect(await screen.findByText(/The link is open until 5 Dec 2026/)).toBeVisible();
  expect(sent).toEqual([{ patient_id: ANNA, message: "", send_email: true, expires_in_days: 14 }]);
  await user.dblClick(screen.getByText("Send again"));
  await waitFor(() => expect(done).toEqual(["resend"]));
  await user.click(screen.getByText("Withdraw"));
  await user.click(within(await opened()).getByText("Withdraw"));
  expect(await screen.findByText("The invitation was withdrawn.")).toBeVisible();
  expect(done).toEqual(["resend", "revoke"]);
});

test("without an e-mail address the link is shown once", async () => {
  const { user } = await open({ patient: { email: "" } });
  server.use(
    http.post(at("/api/v1/generate_invite"), () =>
      HttpResponse.json({ ...anInvite(), link: "https://x.test/#abc" }, { status: 201 }),
    ),
  );
  await user.click(await screen.findByText("Invite"));
  await user.click(within(await opened()).getByText("Invite"));
  expect(await screen.findByLabelText(/shown this once/)).toHaveValue("https://x.test/#abc");
});

test("an invitation that could not be delivered is not said to be on its way", async () => {
  const { user } = await open();
  server.use(
    http.post(at("/api/v1/generate_invite"), () =>
      HttpResponse.json(
        { ...anInvite(), link: "", delivery_error: "The mailbox is full." },
        { status: 201 },
      ),
    ),
  );
  await user.click(await screen.findByText("Invite"));
  await user.click(within(await opened()).getByText("Invite"));
  expect(await within(theDialog()).findByText("The mailbox is full.")).toBeVisible();
  expect(screen.queryByText("The invitation is on its way.")).toBeNull();
});

test("an invitation that is sent again and not delivered is not said to be on its way", async () => {
  let invite = anInvite();
  const ready = open({ patient: { invite_state: "pending" } });
  server.use(
    http.get(at("/api/v1/invites"), () => pageOf([invite])),
    http.post(at("/api/v1/invites/:id/resend"), () => {
      invite = anInvite({ delivery_error: "The mailbox is full." });
      return HttpResponse.json({ ...invite, link: "" });
    }),
  );
  const { user } = await ready;
  await user.click(await screen.findByText("Send again"));
  expect(await screen.findByText(/The mailbox is full/)).toBeVisible();
  expect(screen.queryByText("The invitation is on its way.")).toBeNull();
});

test("a line that was written to a patient is asked about before it is lost", async () => {
  const { user } = await open();
  await user.click(await screen.findByText("Invite"));
  await user.type(within(await opened()).getByLabelText("A line for them"), "Welcome!");
  await user.keyboard("{Escape}");
  await user.click(await screen.findByText("Go on writing"));
  expect(within(theDialog()).getByLabelText("A line for them")).toHaveValue("Welcome!");
});

test("while a change is stored nothing can be typed that would be lost", async () => {
  const { user, one } = await open();
  const { wait, go } = held();
  server.use(
    http.patch(one, async () => {
      await wait;
      return HttpResponse.json(aPatient({ address: "2 Hill Street" }), {
        headers: { ETag: '"2"' },
      });
    }),
  );
  await user.click(await screen.findByText("Edit"));
  const address = within(await opened()).getByLabelText("Address");
  await user.type(address, "!");
  await user.click(within(theDialog()).getByText("Save"));
  await waitFor(() => expect(address).toBeDisabled());
  expect(within(theDialog()).getByText("Cancel").closest("button")).toBeDisabled();
  go();
  await waitFor(() => expect(document.querySelector('[role="dialog"]')).toBeNull());
});

test("who left a form while it was stored keeps the next one that they write in", async () => {
  const { user, one } = await open();
  const { wait, go } = held();
  server.use(
    http.patch(one, async () => {
      await wait;
      return HttpResponse.json(aPatient({ address: "2 Hill Street" }), {
        headers: { ETag: '"2"' },
      });
    }),
  );
  const address = () => within(theDialog()).getByLabelText("Address");
  await user.click(await screen.findByText("Edit"));
  await opened();
  await user.type(address(), "!");
  await user.click(within(theDialog()).getByText("Save"));
  await waitFor(() => expect(address()).toBeDisabled());
  await user.keyboard("{Escape}");
  await user.click(await screen.findByText("Leave without saving"));
  await user.click(await screen.findByText("Edit"));
  await user.type(address(), " and more");
  go();
  expect(await screen.findByText("2 Hill Street")).toBeVisible(); // on the page behind it
  expect(address()).toHaveValue("1 Hill Street and more");
});

test("a patient is archived after asking, and taken back", async () => {
  const { user, state, one } = await open();
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
  const { user, one } = await open();
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
  const ready = open({ tab: "/timeline" });
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
  const ready = open({ tab: "/documents" });
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
  const ready = open({ tab: "/documents" });
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
  const { asked, router, user } = await open({ tab: "/lab-results" });
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
