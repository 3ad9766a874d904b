import { waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { HttpResponse, http } from "msw";
import type { ReactNode } from "react";
import { beforeEach, expect, test } from "vitest";
import { RecoveryCodes } from "@/features/account/RecoveryCodes";
import { AddGuardian } from "@/features/patient/AddGuardian";
import { InviteDialog } from "@/features/patient/invite/InviteDialog";
import { CreatePatient } from "@/features/patients/CreatePatient";
import { ImportFile } from "@/features/patients/import/ImportFile";
import { ANNA, aPatient, pageOf } from "@/features/records/fixtures/records";
import { AddendumForm } from "@/features/records/medical/AddendumForm";
import { fill } from "@/features/session/fill";
import { renderPage } from "@/test/render";
import { at, server } from "@/test/server";
import { document as aDocument, policy } from "./fixtures/clinic";
import { leave } from "./fixtures/manage";
import { holdPage, isHeld } from "./leaving";
import { EditDialog } from "./list/EditDialog";

const nothing = () => {};
const write = (selector: string) => async () => {
  const field = await waitFor(() => {
    const found = document.querySelector<HTMLElement>(selector);
    if (!found) throw new Error("It is not there yet.");
    return found;
  });
  await fill(field, "a@b.example");
};

beforeEach(() =>
  server.use(
    http.get(at("/api/v1/clinicians"), () => pageOf([])),
    http.get(at("/api/v1/document-policies"), () => HttpResponse.json([policy()])),
  ),
);

test.each<[string, ReactNode, () => Promise<unknown>]>([
  ["a new patient", <CreatePatient key="" opened onClose={nothing} />, write("[name=first_name]")],
  [
    "an invite",
    <InviteDialog key="" patients={[aPatient()]} onClose={nothing} />,
    write("textarea:not([aria-hidden])"),
  ],
  [
    "invites to many",
    <InviteDialog key="" patients={[aPatient(), aPatient({ id: ANNA })]} onClose={nothing} />,
    write("textarea:not([aria-hidden])"),
  ],
  ["a guardian", <AddGuardian key="" patientId={ANNA} onClose={nothing} />, write("[type=email]")],
  ["an addendum", <AddendumForm key="" recordId={ANNA} />, write("textarea:not([aria-hidden])")],
  [
    "what is said of a document",
    <EditDialog key="" document={aDocument()} onClose={nothing} />,
    write("textarea:not([aria-hidden])"),
  ],
  [
    "a file to be imported",
    <ImportFile key="" onJob={nothing} />,
    async () => {
      const input = document.querySelector<HTMLInputElement>("input[type=file]");
      if (input) await userEvent.upload(input, new File(["a"], "a.csv", { type: "text/csv" }));
    },
  ],
])("%s holds the page from the first letter on", async (_, element, begin) => {
  const { unmount } = renderPage(element);
  expect([isHeld(), leave()]).toEqual([false, "leaves"]);
  await begin();
  expect([isHeld(), leave()]).toEqual([true, "asks"]);
  unmount();
  expect([isHeld(), leave()]).toEqual([false, "leaves"]);
});

test("recovery codes are shown once, so they hold the page until they are kept", () => {
  const { unmount } = renderPage(<RecoveryCodes codes={["one"]} onClose={nothing} />);
  expect(isHeld()).toBe(true);
  unmount();
  expect(isHeld()).toBe(false);
});

test("the browser asks for as long as one of several holds the page", () => {
  let dirty = false;
  const first = holdPage(() => dirty);
  const second = holdPage();
  expect(leave()).toBe("asks");
  second();
  expect(leave()).toBe("leaves");
  dirty = true;
  expect(leave()).toBe("asks");
  first();
  first();
  expect(leave()).toBe("leaves");
});
