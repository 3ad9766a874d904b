import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import type { Me, Schema } from "@/api/types";
import { problem } from "@/components/documents/fixtures/clinic";
import {
  ANNA,
  aLab,
  aPatient,
  idOf,
  pageOf,
  recordsServer,
} from "@/features/records/fixtures/records";
import { renderPage, someone } from "@/test/render";
import { at, server } from "@/test/server";
import PatientPage from "../PatientPage";

const admin = () => {
  const me = someone();
  return { ...me, abilities: [...me.abilities, "patients.export"] };
};
type Options = { tab?: string; me?: Me; patient?: Partial<Schema<"Patient">> };

/** A patient's page, on a server that keeps what is changed. */
export async function openPatient({ tab = "", me = admin(), patient = {} }: Options = {}) {
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
