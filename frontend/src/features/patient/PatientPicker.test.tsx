import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { http } from "msw";
import { useState } from "react";
import { expect, test } from "vitest";
import { problem } from "@/components/documents/fixtures/clinic";
import { aPatient, idOf, pageOf, recordsServer } from "@/features/records/fixtures/records";
import { violations } from "@/test/axe";
import { renderPage } from "@/test/render";
import { at, server } from "@/test/server";
import { PatientPicker } from "./PatientPicker";

function Form() {
  const [id, setId] = useState<string | null>(null);
  return (
    <>
      <PatientPicker value={id} onChange={setId} />
      <output>{id ?? "nobody"}</output>
    </>
  );
}

test("a patient is found by a part of their name, and chosen by keyboard alone", async () => {
  recordsServer("visits", []);
  const asked: (string | null)[] = [];
  server.use(
    http.get(at("/api/v1/patients"), ({ request }) => {
      asked.push(new URL(request.url).searchParams.get("search"));
      return pageOf([
        aPatient({ id: idOf(1), status: "archived" }),
        aPatient({ external_id: "D-7" }),
      ]);
    }),
  );
  const user = userEvent.setup({ delay: null });
  const { container } = renderPage(<Form />);
  await user.tab();
  await user.keyboard("ngu");
  expect(await screen.findByText("born 1 May 1990 · D-7")).toBeInTheDocument();
  expect(screen.getByText("born 1 May 1990 · Archived")).toBeInTheDocument();
  await waitFor(() => expect(asked.at(-1)).toBe("ngu"));
  expect(await violations(document.body)).toEqual([]);
  await user.keyboard("{ArrowDown}{ArrowDown}{Enter}");
  expect(container.querySelector("output")).toHaveTextContent(aPatient().id);
  await waitFor(() => expect(screen.getByRole("combobox")).toHaveValue("Anna Nguyen"));
  await user.click(screen.getByRole("button", { name: "Clear: Patient" }));
  expect(container.querySelector("output")).toHaveTextContent("nobody");
});

test("what went wrong with a search is said in its list", async () => {
  server.use(http.get(at("/api/v1/patients"), () => problem(500, "error", "Something broke.")));
  renderPage(<Form />);
  await userEvent.click(screen.getByRole("combobox"));
  expect(await screen.findByText("Something broke.")).toBeInTheDocument();
});
