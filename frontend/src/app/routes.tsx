import type { ComponentType } from "react";
import { createBrowserRouter, type RouteObject } from "react-router";
import { lazily } from "@/components/lazily";
import { Boundary } from "@/components/states/Boundary";
import { NotFound } from "./NotFound";
import { SignedIn } from "./SignedIn";

type Loaded = () => Promise<{ default: ComponentType }>;

/** A page is its own file of the build, fetched when somebody goes there. */
function page(path: string, load: Loaded): RouteObject {
  const Page = lazily(async () => (await load()).default);
  return {
    path,
    element: (
      <Boundary place={path}>
        <Page />
      </Boundary>
    ),
  };
}

const signedIn: RouteObject[] = [
  page("/", () => import("@/features/home/HomePage")),
  page("/patients", () => import("@/features/patients/PatientsPage")),
  page("/patients/import", () => import("@/features/patients/ImportPage")),
  page("/patients/:patientId/:tab?", () => import("@/features/patient/PatientPage")),
  page("/lab-results/:id?", () => import("@/features/records/LabResultsPage")),
  page("/visits/:id?", () => import("@/features/records/VisitsPage")),
  page("/procedures/:id?", () => import("@/features/records/ProceduresPage")),
  page("/insurances/:id?", () => import("@/features/records/InsurancesPage")),
  page("/medical-records/:id?", () => import("@/features/records/MedicalRecordsPage")),
  page("/messages/:id?", () => import("@/features/messages/MessagesPage")),
  page("/trash", () => import("@/features/trash/TrashPage")),
  page("/account", () => import("@/features/account/AccountPage")),
  { path: "*", element: <NotFound /> },
];

export const routes: RouteObject[] = [
  page("/sign-in", () => import("@/features/session/SignInPage")),
  page("/forgot-password", () => import("@/features/session/ForgotPasswordPage")),
  page("/invite", () => import("@/features/session/InvitePage")),
  { element: <SignedIn />, children: signedIn },
];

export const makeRouter = () => createBrowserRouter(routes, { basename: "/app" });
