import { screen } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { beforeEach } from "vitest";
import type { Document } from "@/api/types";
import { at, server } from "@/test/server";
import { documentsUpTo, POLICY, pageOf, RECORD } from "../../testing";
import { FileList, type FileListProps } from "../FileList";

export const FILES = at(`/api/v1/lab-results/${RECORD}/files`);
export const ALL = documentsUpTo(6);

/** Each test begins with a clinic that has the rules of documents, and ends without notices. */
export function withRules(): void {
  beforeEach(() => {
    server.use(http.get(at("/api/v1/document-policies"), () => HttpResponse.json([POLICY])));
  });
}

/** Answer with these, and note what was asked. */
export function answering(documents: Document[] = ALL, address = FILES): URLSearchParams[] {
  const asked: URLSearchParams[] = [];
  server.use(
    http.get(address, ({ request }) => {
      const query = new URL(request.url).searchParams;
      asked.push(query);
      const search = query.get("search");
      return HttpResponse.json(
        pageOf(search ? documents.filter((one) => one.file_name.includes(search)) : documents),
      );
    }),
  );
  return asked;
}

export const list = (over: Partial<FileListProps> = {}) => (
  <FileList scope="record" entityType="lab-results" entityId={RECORD} {...(over as object)} />
);
export const rows = () => [...document.querySelectorAll<HTMLElement>("[role=row][data-index]")];

/** The row of a file; asking for the names of all rows would take long. */
export function row(name: string): HTMLElement {
  const found = screen.getByText(name).closest<HTMLElement>("[role=row]");
  if (!found) throw new Error(`There is no row of ${name}.`);
  return found;
}
