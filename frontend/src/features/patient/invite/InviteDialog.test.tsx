import { screen, waitFor, within } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { expect, test } from "vitest";
import type { Schema } from "@/api/types";
import { ANNA, idOf, opened, pageOf, theDialog } from "@/features/records/fixtures/records";
import { violations } from "@/test/axe";
import { at, server } from "@/test/server";
import { openPatient } from "../test/openPatient";

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

test("an invitation is sent once; sent again and withdrawn", async () => {
  const { user, state } = await openPatient();
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
  const { user } = await openPatient({ patient: { email: "" } });
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
  const { user } = await openPatient();
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
  const ready = openPatient({ patient: { invite_state: "pending" } });
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
  const { user } = await openPatient();
  await user.click(await screen.findByText("Invite"));
  await user.type(within(await opened()).getByLabelText("A line for them"), "Welcome!");
  await user.keyboard("{Escape}");
  await user.click(await screen.findByText("Go on writing"));
  expect(within(theDialog()).getByLabelText("A line for them")).toHaveValue("Welcome!");
});
