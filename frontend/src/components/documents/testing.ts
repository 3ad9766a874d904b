import type { Document, Page, Policy } from "@/api/types";

export const RECORD = "01931f6e-0000-7000-8000-0000000000aa";
export const PATIENT = "01931f6e-0000-7000-8000-0000000000bb";

const idOf = (number: number) => `01931f6e-0000-7000-8000-${String(number).padStart(12, "0")}`;

/** A document for tests; say what differs. */
export function aDocument(number: number, over: Partial<Document> = {}): Document {
  const id = idOf(number);
  return {
    id,
    entity_type: "lab-results",
    entity_id: RECORD,
    patient_id: PATIENT,
    file_name: `scan-${number}.pdf`,
    file_type: "application/pdf",
    file_size: 2_000 * number,
    sha256: String(number).padStart(64, "0"),
    category: "result",
    description: `Scan number ${number}`,
    document_date: "2025-10-31",
    tags: [],
    metadata: {},
    state: "available",
    state_reason: "",
    uploaded_by: { id: idOf(9_999), name: "Ada Admin" },
    uploaded_at: "2026-11-21T23:30:00Z",
    trashed_at: null,
    purge_after: null,
    retention: "clinical",
    retain_until: null,
    legal_hold: false,
    purged_on: null,
    s3_key: null,
    download_url: `/api/v1/files/${id}/download`,
    preview_url: `/api/v1/files/${id}/preview`,
    ...over,
  };
}

export const documentsUpTo = (count: number): Document[] =>
  Array.from({ length: count }, (_, at) => aDocument(at + 1));

export const pageOf = (results: Document[], next: string | null = null): Page<Document> => ({
  next,
  previous: null,
  results,
});

export const POLICY: Policy = {
  slug: "lab-results",
  display_name: "lab result",
  extensions: [".pdf", ".jpg", ".csv"],
  max_size: 10 * 1024 * 1024,
  max_files: 10,
  categories: ["result", "report", "test_order"],
  operations: ["delete", "download", "preview", "upload"],
  link_ttl: 900,
};
