import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import { useState } from "react";
import { expect, test } from "vitest";
import { renderPage } from "@/test/render";
import { at, server } from "@/test/server";
import { ANNA, aVisit, idOf, pageOf } from "../fixtures/records";
import { VisitPicker } from "./VisitPicker";

const many = Array.from({ length: 150 }, (_, index) => ({
  ...aVisit(index + 1),
  reason: `Reason ${index + 1}`,
}));

function Form() {
  const [visit, setVisit] = useState("");
  return (
    <>
      <VisitPicker label="Visit" patientId={ANNA} value={visit} onChange={setVisit} />
      <output>{visit}</output>
    </>
  );
}

test("a visit is found by its reason however many came after it", async () => {
  const asked: URLSearchParams[] = [];
  server.use(
    http.get(at("/api/v1/visits"), ({ request }) => {
      const query = new URL(request.url).searchParams;
      asked.push(query);
      const words = query.get("search") ?? "";
      const found = many.filter(({ reason }) => reason.includes(words));
      return pageOf(found.slice(0, Number(query.get("page_size"))));
    }),
    http.get(at("/api/v1/visits/:id"), ({ params }) =>
      HttpResponse.json(many.find(({ id }) => id === params.id)),
    ),
  );
  renderPage(<Form />);
  const field = screen.getByRole("combobox");
  await userEvent.click(field);
  expect(await screen.findByText(/Reason 1$/)).toBeInTheDocument();
  expect(screen.queryByText(/Reason 149$/)).toBeNull();
  await userEvent.type(field, "Reason 149");
  await userEvent.click(await screen.findByText(/Reason 149$/));
  expect(document.querySelector("output")).toHaveTextContent(idOf(149));
  await waitFor(() => expect(field).toHaveValue("2 Nov 2026, 12:30 pm · Reason 149"));
  expect(asked.every((query) => query.get("patient") === ANNA)).toBe(true);
  expect(asked.at(-1)?.get("search")).toBe("Reason 149");
});
