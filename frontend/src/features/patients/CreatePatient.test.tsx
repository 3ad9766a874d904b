import { act, fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { delay, HttpResponse, http } from "msw";
import { beforeEach, expect, test, vi } from "vitest";
import type { Patient } from "@/api/types";
import { fill } from "@/features/session/fill";
import { violations } from "@/test/axe";
import { held } from "@/test/held";
import { renderPage } from "@/test/render";
import { at, server } from "@/test/server";
import { CreatePatient } from "./CreatePatient";
import { idOf, pageOf, patient } from "./testing";

const PATIENTS = at("/api/v1/patients");
let there: Patient[] = [];
let sent: unknown[] = [];

beforeEach(() => {
  there = [];
  sent = [];
  closed.mockClear();
  server.use(
    http.get(at("/api/v1/clinicians"), () => HttpResponse.json(pageOf([]))),
    http.get(PATIENTS, () => HttpResponse.json(pageOf(there))),
    http.post(PATIENTS, async ({ request }) => {
      sent.push(await request.json());
      await delay(20);
      return HttpResponse.json(patient(5), { status: 201 });
    }),
  );
});

const closed = vi.fn();
const open = () =>
  renderPage(<CreatePatient opened onClose={closed} />, { path: "/patients", route: "/patients" });
/** A server whose answer comes when the test lets it. */
function heldServer() {
  const { wait, go } = held();
  server.use(
    http.post(PATIENTS, async ({ request }) => {
      sent.push(await request.json());
      await wait;
      return HttpResponse.json(patient(5), { status: 201 });
    }),
  );
  return go;
}
async function fillIn(first = "Zoë", last = "Okafor") {
  const dialog = await screen.findByRole("dialog", { name: "Add a patient" });
  await fill(within(dialog).getByLabelText(/First name/), first);
  await fill(within(dialog).getByLabelText(/Last name/), last);
  return dialog;
}
const submit = () => screen.getByRole("button", { name: "Add a patient" });

test("two clicks add one patient, and lead there", async () => {
  const { router } = open();
  await fillIn();
  expect(await violations()).toEqual([]);
  await userEvent.dblClick(submit());
  await waitFor(() => expect(router.state.location.pathname).toBe(`/patients/${idOf(5)}`));
  expect(sent).toHaveLength(1);
  expect(sent[0]).toMatchObject({ first_name: "Zoë", last_name: "Okafor" });
  expect(sent[0]).not.toHaveProperty("date_of_birth");
});

test("their clinician is searched for, however many the clinic has", async () => {
  const asked: (string | null)[] = [];
  server.use(
    http.get(at("/api/v1/clinicians"), ({ request }) => {
      asked.push(new URL(request.url).searchParams.get("search"));
      return HttpResponse.json(pageOf([{ id: idOf(77), name: "Dr Robin Field" }]));
    }),
  );
  open();
  const dialog = await fillIn();
  await userEvent.type(within(dialog).getByLabelText("Clinician", { selector: "input" }), "robin");
  await waitFor(() => expect(asked.at(-1)).toBe("robin"));
  await userEvent.click(
    await screen.findByRole("option", { name: "Dr Robin Field", hidden: true }),
  );
  await userEvent.click(submit());
  await waitFor(() => expect(sent).toHaveLength(1));
  expect(sent[0]).toMatchObject({ clinician_id: idOf(77) });
});

test("somebody of the same name is shown first, and can be confirmed to be another", async () => {
  there = [patient(1, { first_name: "ZOE", last_name: "okafor" })];
  open();
  await fillIn();
  await userEvent.click(submit());
  const alert = await screen.findByRole("alert");
  expect(alert).toHaveTextContent("A patient of this name is there already.");
  expect(sent).toEqual([]);
  expect(await violations()).toEqual([]);
  await userEvent.click(within(alert).getByRole("button", { name: /somebody else/ }));
  await waitFor(() => expect(sent).toHaveLength(1));
});

test("one of another birthday is nobody's double", async () => {
  there = [patient(1, { first_name: "Zoë", last_name: "Okafor", date_of_birth: "1950-01-01" })];
  open();
  await fillIn();
  fireEvent.change(screen.getByLabelText(/Date of birth/), { target: { value: "2015-03-01" } });
  await userEvent.click(submit());
  await waitFor(() => expect(sent).toHaveLength(1));
});

test("an e-mail that another patient has is said beside it, with the way there", async () => {
  server.use(
    http.post(PATIENTS, () =>
      HttpResponse.json(
        {
          status: 409,
          code: "duplicate_patient",
          detail: "Another patient has this email.",
          errors: [
            {
              field: "email",
              code: "duplicate_patient",
              message: "Another patient has this email.",
            },
          ],
          patient_id: idOf(9),
        },
        { status: 409, headers: { "Content-Type": "application/problem+json" } },
      ),
    ),
  );
  open();
  await fillIn();
  await fill(screen.getByLabelText(/E-mail/), "zoe@mail.test");
  await userEvent.click(submit());
  expect(await screen.findByText("Another patient has this email.")).toBeVisible();
  expect(screen.getByLabelText(/E-mail/)).toBeInvalid();
  expect(screen.getByRole("link", { name: "Open the other patient" })).toHaveAttribute(
    "href",
    `/patients/${idOf(9)}`,
  );
  expect(screen.getByLabelText(/First name/)).toHaveValue("Zoë");
});

test("the answer is lost: what was typed stays, and a second try finds who was made", async () => {
  server.use(http.post(PATIENTS, () => HttpResponse.error(), { once: true }));
  open();
  await fillIn();
  await userEvent.click(submit());
  expect(await screen.findByText(/did not arrive/)).toBeVisible();
  there = [patient(5, { first_name: "Zoë", last_name: "Okafor" })];
  await userEvent.click(submit());
  expect(await screen.findByText("A patient of this name is there already.")).toBeVisible();
  expect(sent).toEqual([]);
});

test("the answer is lost after somebody of the same name was told apart: who was made is found", async () => {
  there = [patient(1, { first_name: "Zoë", last_name: "Okafor" })];
  open();
  await fillIn();
  await userEvent.click(submit());
  server.use(http.post(PATIENTS, () => HttpResponse.error(), { once: true }));
  await userEvent.click(await screen.findByRole("button", { name: /somebody else/ }));
  expect(await screen.findByText(/did not arrive/)).toBeVisible();
  there = [...there, patient(5, { first_name: "Zoë", last_name: "Okafor" })];
  await userEvent.click(submit());
  const link = await screen.findByRole("link", { name: "Zoë Okafor" });
  expect(link).toHaveAttribute("href", `/patients/${idOf(5)}`);
  expect(sent).toEqual([]);
  await userEvent.click(screen.getByRole("button", { name: /somebody else/ }));
  await waitFor(() => expect(sent).toHaveLength(1));
});

test("while it is stored nothing can be typed that would be lost, and it does not close", async () => {
  const answer = heldServer();
  open();
  const dialog = await fillIn();
  await userEvent.click(submit());
  await waitFor(() => expect(sent).toHaveLength(1));
  expect(screen.getByLabelText(/First name/)).toBeDisabled();
  expect(within(dialog).getByRole("button", { name: "Cancel" })).toBeDisabled();
  await userEvent.keyboard("{Escape}");
  expect(closed).not.toHaveBeenCalled();
  answer();
  await waitFor(() => expect(closed).toHaveBeenCalledOnce());
});

test("who left while it was stored stays where they are", async () => {
  const answer = heldServer();
  const { router, client } = open();
  await fillIn();
  await userEvent.click(submit());
  await waitFor(() => expect(sent).toHaveLength(1));
  await act(() => router.navigate("/elsewhere"));
  answer();
  await waitFor(() => expect(client.isMutating()).toBe(0));
  expect(router.state.location.pathname).toBe("/elsewhere");
});
