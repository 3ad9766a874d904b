import { act, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { expect, test } from "vitest";
import { held } from "@/test/held";
import { renderPage } from "@/test/render";
import { server } from "@/test/server";
import { aLab, aRecord, idOf, recordsServer } from "./fixtures/records";
import LabResultsPage from "./LabResultsPage";
import MedicalRecordsPage from "./MedicalRecordsPage";

test("what is typed into a filter stays as it is typed while the address follows", async () => {
  recordsServer("lab-results", [aLab(1)]);
  const user = userEvent.setup({ delay: null });
  const { router } = renderPage(<LabResultsPage />, {
    route: "/lab-results/:id?",
    path: "/lab-results",
  });
  await user.click(await screen.findByText("Filters"));
  const field = screen.getByLabelText("Test");
  await user.type(field, "blood ");
  await waitFor(() => expect(router.state.location.search).toBe("?test=blood"));
  expect(field).toHaveValue("blood ");
  await user.type(field, "sugar");
  expect(field).toHaveValue("blood sugar");
  await waitFor(() => expect(router.state.location.search).toBe("?test=blood+sugar"));
  await act(() => router.navigate("/lab-results?test=iron"));
  await waitFor(() => expect(field).toHaveValue("iron"));
});

test("who left while a record was being removed stays where they are", async () => {
  const { url } = recordsServer("lab-results", [aLab(1)]);
  const { wait, go } = held();
  let removed = 0;
  server.use(
    http.delete(`${url}/:id`, async () => {
      removed += 1;
      await wait;
      return new HttpResponse(null, { status: 204 });
    }),
  );
  const user = userEvent.setup({ delay: null });
  const { router, client } = renderPage(<LabResultsPage />, {
    route: "/lab-results/:id?",
    path: `/lab-results/${idOf(1)}`,
  });
  await user.click(await screen.findByText("Delete"));
  await user.dblClick(await screen.findByText("Remove it"));
  await waitFor(() => expect(removed).toBe(1));
  await act(() => router.navigate("/elsewhere"));
  go();
  await waitFor(() => expect(client.isMutating()).toBe(0));
  expect(router.state.location.pathname).toBe("/elsewhere");
  expect(client.getQueryData(["record", "lab-results", idOf(1)])).toBeUndefined();
  expect(removed).toBe(1);
});

test("what is typed while an addition is sent is not wiped out with it", async () => {
  const { url } = recordsServer("medical-records", [
    aRecord(1, { status: "finalized", finalized_at: "2026-11-21T02:00:00Z" }),
  ]);
  const { wait, go } = held();
  server.use(
    http.post(`${url}/:id/addenda`, async () => {
      await wait;
      return HttpResponse.json({ id: idOf(70), text: "One" }, { status: 201 });
    }),
  );
  const user = userEvent.setup({ delay: null });
  const { client } = renderPage(<MedicalRecordsPage />, {
    route: "/medical-records/:id?",
    path: `/medical-records/${idOf(1)}`,
  });
  const text = await screen.findByLabelText("What came to light later");
  await user.type(text, "One");
  await user.click(screen.getByText("Add to the record"));
  await waitFor(() => expect(client.isMutating()).toBe(1));
  await user.type(text, " and two");
  expect(text).toHaveValue("One"); // nothing that would go with the answer
  go();
  await waitFor(() => expect(text).toHaveValue(""));
  await waitFor(() => expect(text).not.toHaveAttribute("readonly"));
});
