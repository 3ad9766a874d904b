import { act, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { expect, test } from "vitest";
import { problem } from "@/components/documents/fixtures/clinic";
import { violations } from "@/test/axe";
import { renderPage } from "@/test/render";
import { at, server } from "@/test/server";
import { aRecord, asPatient, idOf, recordsServer, theDialog } from "../fixtures/records";
import MedicalRecordsPage from "../MedicalRecordsPage";

const FINAL = { status: "finalized", finalized_at: "2026-11-21T02:00:00Z" } as const;
const press = (name: string) => within(theDialog()).getByText(name);

async function open(over: Parameters<typeof aRecord>[1] = {}, me?: ReturnType<typeof asPatient>) {
  const api = recordsServer("medical-records", [aRecord(1, over)]);
  const user = userEvent.setup({ delay: null });
  const view = renderPage(<MedicalRecordsPage />, {
    route: "/medical-records/:id?",
    path: `/medical-records/${idOf(1)}`,
    ...(me ? { me } : {}),
  });
  await screen.findByText("Entered", { exact: false });
  return { ...api, ...view, user };
}

test("a draft is finalised after saying what that means, as it was read", async () => {
  const { url, user, records } = await open();
  const tags: (string | null)[] = [];
  server.use(
    http.post(`${url}/:id/finalize`, ({ request }) => {
      tags.push(request.headers.get("If-Match"));
      if (tags.length === 1)
        return problem(409, "not_ready", "This visit has not been yet.", "visit_date");
      const final = { ...aRecord(1), ...FINAL, updated_at: "2026-11-21T02:00:00Z" };
      records[0] = final;
      return HttpResponse.json(final, { headers: { ETag: '"2"' } });
    }),
  );
  await user.click(await screen.findByText("Finalise"));
  expect(await screen.findByText(/nobody can change or remove it/)).toBeVisible();
  expect(await violations(theDialog())).toEqual([]);
  await user.click(press("Finalise it"));
  expect(await within(theDialog()).findByRole("alert")).toHaveTextContent("has not been yet");
  await user.dblClick(press("Finalise it"));
  expect(await screen.findByText("The record is final.")).toBeInTheDocument();
  expect(await screen.findByText("Additions")).toBeVisible();
  expect(screen.queryByText("Edit")).toBeNull();
  expect(screen.queryByText("Delete")).toBeNull();
  expect(await screen.findByText("Add or remove documents")).toBeVisible();
  expect(tags).toEqual(['"2026-11-21T01:00:00Z"', '"2026-11-21T01:00:00Z"']);
});

test("an addition is sent once, and asked about before it is lost", async () => {
  const { url, user, records, router } = await open(FINAL);
  const sent: unknown[] = [];
  server.use(
    http.post(`${url}/:id/addenda`, async ({ request }) => {
      sent.push(await request.json());
      if (sent.length === 1) return HttpResponse.error();
      const addendum = {
        id: idOf(70),
        text: "Allergic to honey",
        author: "Ada Admin",
        created_at: "2026-11-22T01:00:00Z",
      };
      records[0] = aRecord(1, { ...FINAL, addenda: [addendum] });
      return HttpResponse.json(addendum, { status: 201 });
    }),
  );
  const text = await screen.findByLabelText("What came to light later");
  await user.type(text, "Allergic to honey");
  await act(() => router.navigate("/medical-records"));
  await user.click(await screen.findByText("Go on writing"));
  await user.click(press("Add to the record"));
  expect(await screen.findByText(/Look above whether your addition is there/)).toBeVisible();
  expect(text).toHaveValue("Allergic to honey");
  await user.dblClick(press("Add to the record"));
  expect(
    await screen.findByText("Ada Admin, 22 Nov 2026, 12:00 pm", { exact: false }),
  ).toBeVisible();
  expect(text).toHaveValue("");
  expect(sent).toEqual([{ text: "Allergic to honey" }, { text: "Allergic to honey" }]);
});

test("patients read what is final and are offered nothing else", async () => {
  await open(FINAL, asPatient());
  expect(await screen.findByText("Additions")).toBeVisible();
  expect(screen.queryByLabelText("What came to light later")).toBeNull();
  expect(screen.queryByText("Edit")).toBeNull();
});

test("all of a record is said in words", async () => {
  await open();
  const text = theDialog().textContent;
  expect(text).toContain("Temperature 37.1 °C");
  expect(text).toContain("J00 Acute cold (primary)");
  expect(text).toContain("Honey 5 mL, by mouth, at night, 3 days");
  expect(text).toContain("CRP12 mg/LHigh");
});

test("rows are added, coded and changed; only what changed is sent, as numbers", async () => {
  const { user, asked } = await open();
  server.use(
    http.get(at("/api/v1/icd10"), () =>
      HttpResponse.json([
        { code: "J45", description: "Asthma", billable: false },
        { code: "J45.998", description: "Other asthma", billable: true },
      ]),
    ),
  );
  await user.click(screen.getByText("Edit"));
  await screen.findByText("Choose files");
  await user.click(await screen.findByText("Add a diagnosis"));
  const second = within(screen.getByLabelText("Diagnosis 2"));
  const code = second.getByLabelText("ICD-10 code", { selector: "input" });
  await waitFor(() => expect(code).toHaveFocus());
  await user.keyboard("asthma");
  await screen.findByText("J45.998 Other asthma");
  await user.keyboard("{ArrowDown}{ArrowDown}{Enter}");
  expect(code).toHaveValue("J45.998");
  expect(second.getByLabelText("Diagnosis in words")).toHaveValue("Other asthma");

  const temperature = screen.getByLabelText("Temperature");
  await user.clear(temperature);
  await user.type(temperature, "38,5");
  await user.click(screen.getByLabelText("Remove Lab value 1"));
  expect(press("Add a lab value").closest("button")).toHaveFocus();
  await user.click(press("Save"));
  expect(await screen.findByText("Saved.")).toBeInTheDocument();
  expect(asked.changed).toEqual([
    {
      diagnoses: [
        { icd_code: "J00", diagnosis_name: "Acute cold", diagnosis_type: "primary", notes: "" },
        {
          icd_code: "J45.998",
          diagnosis_name: "Other asthma",
          diagnosis_type: "secondary",
          notes: "",
        },
      ],
      vital_signs: { temperature: { value: 38.5, unit: "°C" } },
      lab_results: [],
    },
  ]);
});

test("the doctor of a record becomes another one, and never nobody", async () => {
  const { user, asked } = await open();
  server.use(
    http.get(at("/api/v1/clinicians"), () =>
      HttpResponse.json({
        next: null,
        previous: null,
        results: [{ id: idOf(901), name: "Dr Kim" }],
      }),
    ),
  );
  await user.click(screen.getByText("Edit"));
  await screen.findByText("Choose files");
  const doctor = within(theDialog()).getByLabelText("Doctor", { selector: "input" });
  expect(doctor).toHaveValue("Dr Robin Field");
  await user.click(doctor);
  await user.click(await screen.findByText("Dr Kim"));
  expect(doctor).toHaveValue("Dr Kim");
  expect(screen.queryByLabelText("Clear: Doctor")).toBeNull();
  await user.click(press("Save"));
  expect(await screen.findByText("Saved.")).toBeInTheDocument();
  expect(asked.changed).toEqual([{ doctor_id: idOf(901) }]);
});

test("messages about nested values stand beside them", async () => {
  const { url, user } = await open();
  server.use(
    http.patch(`${url}/:id`, () =>
      HttpResponse.json(
        {
          status: 400,
          detail: "3 errors.",
          code: "invalid",
          errors: [
            { field: "vital_signs.temperature", code: "x", message: "Was 37.1 meant?" },
            { field: "prescriptions.0.dose", code: "x", message: "A dose is above 0." },
            { field: "prescriptions.0.duration.value", code: "x", message: "Whole days." },
          ],
        },
        { status: 400 },
      ),
    ),
  );
  await user.click(screen.getByText("Edit"));
  await screen.findByText("Choose files");
  await user.type(screen.getByLabelText("Temperature"), "1");
  await user.click(press("Save"));
  await waitFor(() =>
    expect(screen.getByLabelText("Temperature")).toHaveAccessibleDescription("Was 37.1 meant?"),
  );
  expect(screen.getByLabelText("Dose")).toHaveAccessibleDescription("A dose is above 0.");
  expect(screen.getByLabelText("For how long")).toHaveAccessibleDescription("Whole days.");
  expect(screen.getByText("3 things are not right yet; they are marked above.")).toBeVisible();
});
