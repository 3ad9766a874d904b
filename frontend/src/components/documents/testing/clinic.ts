import { delay, HttpResponse, http } from "msw";
import type { Document, Policy } from "@/api/types";
import { someone } from "@/test/render";
import { at, server } from "@/test/server";

export const RECORD = "01931f6e-0000-7000-8000-0000000000aa";
const MB = 1024 * 1024;

export const policy = (over: Partial<Policy> = {}): Policy => ({
  slug: "lab-results",
  display_name: "lab result",
  extensions: [".pdf", ".jpg", ".png", ".txt"],
  max_size: 10 * MB,
  max_files: 10,
  categories: ["result", "report"],
  operations: ["delete", "download", "preview", "upload"],
  link_ttl: 900,
  ...over,
});

export const document = (over: Partial<Document> = {}): Document => ({
  id: "01931f6e-0000-7000-8000-0000000000d1",
  entity_type: "lab-results",
  entity_id: RECORD,
  patient_id: null,
  file_name: "old.pdf",
  file_type: "application/pdf",
  file_size: 10,
  sha256: "0".repeat(64),
  category: "result",
  description: "",
  document_date: null,
  tags: [],
  metadata: {},
  state: "available",
  state_reason: "",
  uploaded_by: null,
  uploaded_at: "2026-11-21T12:00:00Z",
  trashed_at: null,
  purge_after: null,
  retention: "clinical",
  retain_until: null,
  legal_hold: false,
  purged_on: null,
  s3_key: null,
  download_url: "/api/v1/files/x/download",
  preview_url: null,
  ...over,
});

type Sent = { name: string; key: string; fields: Record<string, string>; record: string };
/** What a test answers instead of keeping the file; nothing: it is kept. */
type Answer = (sent: Sent) => Response | undefined | Promise<Response | undefined>;

/** A clinic's server with one record's documents, which keeps a file once for each key. */
export function clinic({
  rules = policy(),
  me = someone(),
  documents = [] as Document[],
}: {
  rules?: Policy;
  me?: ReturnType<typeof someone>;
  documents?: Document[];
} = {}) {
  const kept = { documents: [...documents], sent: [] as Sent[], keys: new Map<string, Document>() };
  let answer: Answer = () => undefined;
  server.use(
    http.get(at("/api/v1/me"), () => HttpResponse.json(me)),
    http.get(at("/api/v1/document-policies"), () => HttpResponse.json([rules])),
    http.get(at("/api/v1/:slug/:id/files"), () =>
      HttpResponse.json({ next: null, previous: null, results: kept.documents }),
    ),
    http.post(at("/api/v1/files/batch-counts"), async ({ request }) => {
      const { entity_ids } = (await request.json()) as { entity_ids: string[] };
      const counts = Object.fromEntries(entity_ids.map((id) => [id, kept.documents.length]));
      return HttpResponse.json({ counts });
    }),
    http.post(at("/api/v1/:slug/:id/files"), async ({ request, params }) => {
      const sent = await read(request, String(params.id));
      kept.sent.push(sent);
      const instead = await answer(sent);
      if (instead) return instead;
      return HttpResponse.json(keep(sent), { status: 201 });
    }),
    http.post(at("/api/v1/files/bulk-delete"), async ({ request }) => {
      const { ids } = (await request.json()) as { ids: string[] };
      kept.documents = kept.documents.filter(({ id }) => !ids.includes(id));
      const results = ids.map((id) => ({ id, state: "trashed", code: "", detail: "" }));
      return HttpResponse.json({ done: ids.length, refused: 0, results });
    }),
  );

  /** As the server does it: one document for a key, however often it is sent. */
  function keep({ name, key, fields, record }: Sent): Document {
    const known = kept.keys.get(key);
    if (known) return known;
    const id = `01931f6e-0000-7000-8000-${String(kept.keys.size).padStart(12, "0")}`;
    const made = document({ id, file_name: name, entity_id: record, ...fields });
    kept.keys.set(key, made);
    kept.documents.push(made);
    return made;
  }

  return {
    kept,
    keep,
    /** Answer uploads by this from now on. */
    answering: (by: Answer) => {
      answer = by;
    },
    names: () => kept.documents.map(({ file_name }) => file_name),
  };
}

export const problem = (status: number, code: string, detail: string, field?: string) =>
  HttpResponse.json(
    {
      type: "about:blank",
      title: "",
      status,
      code,
      detail,
      errors: field ? [{ field, code, message: detail }] : [],
    },
    { status },
  );

/** Never: the answer does not come as long as the test lasts. */
export const never = () => delay("infinite").then(() => undefined);

/** Read a form as it was sent; what jsdom makes of files, Node's own reader does not take. */
async function read(request: Request, record: string): Promise<Sent> {
  const key = request.headers.get("Idempotency-Key") ?? "";
  const body = await request.text();
  const parts = body.matchAll(
    /name="(\w+)"(?:; filename="([^"]*)")?[\s\S]*?\r\n\r\n([\s\S]*?)\r\n--/g,
  );
  const sent: Sent = { name: "", key, fields: {}, record };
  for (const [, field = "", name, value = ""] of parts) {
    if (name === undefined) sent.fields[field] = value;
    else sent.name = name;
  }
  return sent;
}
