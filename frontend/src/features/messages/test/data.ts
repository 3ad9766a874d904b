import { HttpResponse, http } from "msw";
import type { Document, Schema } from "@/api/types";
import { at, server } from "@/test/server";

export const PATIENT = "01931f6e-0000-7000-8000-0000000000a1";
export const OTHER = "01931f6e-0000-7000-8000-0000000000a2";
export const TALK = "01931f6e-0000-7000-8000-0000000000c1";

export const talk = (over: Partial<Schema<"Conversation">> = {}): Schema<"Conversation"> => ({
  id: TALK,
  patient_id: PATIENT,
  patient_name: "Ava Nguyen",
  phone: "+61491570156",
  email: "",
  last_message_at: "2026-11-20T01:00:00Z",
  last_message: { direction: "inbound", status: "received", text: "Thank you" },
  unread_count: 0,
  opted_out: false,
  created_at: "2026-11-01T01:00:00Z",
  ...over,
});

let number = 0;

/** A message; a later one than those made before. */
export function message(over: Partial<Schema<"ThreadMessage">> = {}): Schema<"ThreadMessage"> {
  number += 1;
  return {
    id: `01931f6e-0000-7000-8000-${String(number).padStart(12, "0")}`,
    direction: "inbound",
    status: over.direction === "outbound" ? "delivered" : "received",
    body: `Message ${number}`,
    occurred_at: new Date(Date.UTC(2026, 10, 20, 1, number)).toISOString(),
    scheduled_at: null,
    sent_at: null,
    delivered_at: null,
    read_at: "2026-11-20T02:00:00Z",
    segments: 1,
    error_code: "",
    error: "",
    sent_by: over.direction === "outbound" ? "Ada Admin" : "",
    files: [],
    media: [],
    ...over,
  };
}

export const sent = (over: Partial<Schema<"Message">> = {}): Schema<"Message"> => ({
  id: "01931f6e-0000-7000-8000-0000000000e1",
  conversation_id: TALK,
  patient_id: PATIENT,
  direction: "outbound",
  status: "queued",
  body: "",
  segments: 1,
  sender: "",
  recipient: "+61491570156",
  provider: "console",
  error_code: "",
  error: "",
  occurred_at: "2026-11-20T03:00:00Z",
  scheduled_at: null,
  sent_at: null,
  delivered_at: null,
  read_at: null,
  cost: null,
  currency: "",
  template_id: null,
  sent_by_id: null,
  created_at: "2026-11-20T03:00:00Z",
  ...over,
});

export const picture = (over: Partial<Document> = {}): Document => ({
  id: "01931f6e-0000-7000-8000-0000000000d1",
  entity_type: "messages",
  entity_id: "01931f6e-0000-7000-8000-000000000001",
  patient_id: PATIENT,
  file_name: "knee.jpg",
  file_type: "image/jpeg",
  file_size: 1234,
  sha256: "0".repeat(64),
  category: "picture",
  metadata: {},
  state: "available",
  state_reason: "",
  uploaded_by: null,
  uploaded_at: "2026-11-20T01:00:00Z",
  trashed_at: null,
  purge_after: null,
  retention: "message",
  retain_until: null,
  legal_hold: false,
  purged_on: null,
  s3_key: null,
  download_url: "/api/v1/files/d1/download",
  preview_url: "/api/v1/files/d1/preview",
  ...over,
});

export const page = <T>(results: T[], next: string | null = null) => ({
  next,
  previous: null,
  results,
});

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
    { status, headers: { "Content-Type": "application/problem+json" } },
  );

type Answers = {
  talks?: Schema<"Conversation">[];
  messages?: Schema<"ThreadMessage">[];
};

/** Let the API answer with these conversations, each with the same messages. */
export function answer({ talks = [talk()], messages = [message()] }: Answers = {}): void {
  server.use(
    http.get(at("/api/v1/conversations"), () => HttpResponse.json(page(talks))),
    http.get(at("/api/v1/conversations/:id"), ({ params }) => {
      const found = talks.find((one) => one.id === params.id);
      return found ? HttpResponse.json(found) : problem(404, "not_found", "Not found.");
    }),
    http.get(at("/api/v1/conversations/:id/messages"), () =>
      HttpResponse.json(page([...messages].reverse())),
    ),
    http.get(at("/api/v1/conversations/unread"), () =>
      HttpResponse.json({ messages: 0, conversations: 0, unmatched: 0 }),
    ),
  );
}
