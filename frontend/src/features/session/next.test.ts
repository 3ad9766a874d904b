import { expect, test } from "vitest";
import { safeNext } from "./next";

const HOME = { kind: "app", to: "/" };

test.each([
  "https://evil.example/",
  "//evil.example/",
  "/\\evil.example/",
  "/\t/evil.example",
  "javascript:alert(1)",
  "patients",
  "",
  "/..//evil.example",
  "/app//evil.example",
  "/sign-in?next=/sign-in",
  null,
])("%j is no page of this host's", (next) => {
  expect(safeNext(next)).toEqual(HOME);
});

test.each([
  ["/patients?status=active#x", { kind: "app", to: "/patients?status=active#x" }],
  ["/app/patients", { kind: "app", to: "/patients" }],
  ["/app", HOME],
  ["/admin/patients/patient/", { kind: "admin", to: "/admin/patients/patient/" }],
  ["/administrator", { kind: "app", to: "/administrator" }],
])("%j is followed", (next, found) => {
  expect(safeNext(next)).toEqual(found);
});
