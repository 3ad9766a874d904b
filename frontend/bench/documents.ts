import type { Document, Page } from "@/api/types";

const TYPES = [
  ["application/pdf", "pdf"],
  ["image/jpeg", "jpg"],
  ["application/dicom", "dcm"],
  ["text/csv", "csv"],
] as const;
const CATEGORIES = ["result", "report", "image", "document"];
const WORDS = ["Referral", "Blood count", "Radiograph", "Consent", "Invoice", "Letter"];
const DAY = 86_400_000;

const idOf = (number: number) => `01931f6e-0000-7000-8000-${String(number).padStart(12, "0")}`;

/** Documents as the server would list them, each a little different. */
export function generate(count: number): Document[] {
  const newest = Date.UTC(2026, 10, 22);
  return Array.from({ length: count }, (_, number): Document => {
    const [type, ending] = TYPES[number % TYPES.length] ?? TYPES[0];
    const when = new Date(newest - number * DAY * 0.7);
    const word = WORDS[number % WORDS.length];
    return {
      id: idOf(number),
      entity_type: "lab-results",
      entity_id: idOf(999_999),
      patient_id: idOf(999_998),
      file_name: `${word} ${number} of ${when.getFullYear()}.${ending}`,
      file_type: type,
      file_size: (number * 7_919) % 3_000_017,
      sha256: String(number).padStart(64, "0"),
      category: CATEGORIES[number % CATEGORIES.length] ?? "result",
      description: number % 3 ? `${word} from the hospital, sheet ${number}` : "",
      document_date: number % 4 ? when.toISOString().slice(0, 10) : null,
      tags: [],
      metadata: {},
      state: number % 500 === 499 ? "quarantined" : "available",
      state_reason: "",
      uploaded_by: { id: idOf(999_997), name: "Ada Admin" },
      uploaded_at: when.toISOString(),
      trashed_at: null,
      purge_after: null,
      retention: "clinical",
      retain_until: null,
      legal_hold: number % 100 === 99,
      purged_on: null,
      s3_key: null,
      download_url: `/api/v1/files/${idOf(number)}/download`,
      preview_url: type === "text/csv" ? null : `thumbnails/${number}`,
    };
  });
}

/** Answer as the server does: so many from where the cursor is. */
export function page(all: readonly Document[], address: URL): Page<Document> {
  const from = Number(address.searchParams.get("cursor") ?? 0);
  const to = from + Number(address.searchParams.get("page_size") ?? 100);
  const next = new URL(address);
  next.searchParams.set("cursor", String(to));
  return { results: all.slice(from, to), previous: null, next: to < all.length ? next.href : null };
}
