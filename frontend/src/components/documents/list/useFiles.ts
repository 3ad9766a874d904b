import {
  type InfiniteData,
  keepPreviousData,
  type QueryClient,
  useInfiniteQuery,
} from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import { cursorOf, type Document, type Page } from "@/api/types";
import type { FileListProps, Filters } from "./types";

export type Place = Pick<FileListProps, "scope" | "entityType" | "entityId" | "patientId">;

const PAGE_SIZE = 100;
const TRASH = "trash";

/** Where a list lies in the cache; without filters all lists of that place. */
export function filesKey(of: Place): readonly string[] {
  if (of.scope === "trash") return ["files", TRASH, of.patientId ?? "all"];
  if (of.scope === "patient") return ["files", "patient", of.patientId ?? ""];
  return ["files", of.entityType ?? "", of.entityId ?? ""];
}

/** The documents of a record, of a patient, or in the trash, page by page as the server has them. */
export function useFiles(of: Place, filters: Filters) {
  return useInfiniteQuery({
    queryKey: [...filesKey(of), filters],
    queryFn: ({ pageParam, signal }) => ask(of, filters, pageParam, signal),
    initialPageParam: "",
    getNextPageParam: (last) => cursorOf(last.next),
    placeholderData: keepPreviousData,
    // Comparing thousands of documents with each page that comes would stop the scrolling.
    structuralSharing: false,
  });
}

function ask(of: Place, filters: Filters, cursor: string, signal: AbortSignal) {
  const query = { ...toQuery(filters), page_size: PAGE_SIZE, ...(cursor && { cursor }) };
  if (of.scope === "patient" || of.scope === "trash") {
    const path = of.scope === "trash" ? "/api/v1/files/trash" : "/api/v1/files";
    const patient = of.patientId && { patient: of.patientId };
    return unwrap(api.GET(path, { params: { query: { ...query, ...patient } }, signal }));
  }
  const path = { slug: of.entityType ?? "", owner_id: of.entityId ?? "" };
  return unwrap(api.GET("/api/v1/{slug}/{owner_id}/files", { params: { path, query }, signal }));
}

function toQuery(filters: Filters) {
  const { search, category, fileType, dates, from, to, sort } = filters;
  return {
    sort,
    ...(search.trim() && { search: search.trim() }),
    ...(category && { category }),
    ...(fileType && { file_type: fileType }),
    ...(from && (dates === "dated" ? { dated_after: from } : { uploaded_after: from })),
    ...(to && (dates === "dated" ? { dated_before: to } : { uploaded_before: to })),
  };
}

type Lists = InfiniteData<Page<Document>>;

function isLists(data: unknown): data is Lists {
  return typeof data === "object" && data !== null && "pages" in data && Array.isArray(data.pages);
}

function eachList(
  client: QueryClient,
  trash: boolean,
  change: (page: Page<Document>) => Document[],
) {
  const predicate = ({ queryKey }: { queryKey: readonly unknown[] }) =>
    (queryKey[1] === TRASH) === trash;
  client.setQueriesData({ queryKey: ["files"], predicate }, (data: unknown) => {
    if (!isLists(data)) return data;
    return { ...data, pages: data.pages.map((page) => ({ ...page, results: change(page) })) };
  });
}

/** Take documents out of the lists that they have left; no page is loaded again for that. */
export function takeOut(client: QueryClient, from: "records" | "trash", gone: readonly string[]) {
  const ids = new Set(gone);
  eachList(client, from === "trash", (page) => page.results.filter((one) => !ids.has(one.id)));
  const elsewhere = ({ queryKey }: { queryKey: readonly unknown[] }) =>
    (queryKey[1] === TRASH) !== (from === "trash");
  void client.invalidateQueries({ queryKey: ["files"], predicate: elsewhere });
}

/** Show a document as the server has it now, wherever it is listed. */
export function putIn(client: QueryClient, changed: Document) {
  const swap = (one: Document) => (one.id === changed.id ? changed : one);
  for (const trash of [false, true]) eachList(client, trash, (page) => page.results.map(swap));
}
