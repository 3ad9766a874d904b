import { api, unwrap } from "@/api/client";
import { ApiError } from "@/api/problem";
import type { Schema } from "@/api/types";
import type { Attempt, Draft, Picture, Target } from "./drafts";

type Message = Schema<"Message">;

/** The server refused one picture; the message waits without having been sent. */
export class PictureError extends Error {
  constructor(
    readonly picture: Picture,
    readonly reason: ApiError,
  ) {
    super(reason.message, { cause: reason });
    this.name = "PictureError";
  }
}

/** What was begun before with other content has been sent meanwhile. */
export class SentBeforeError extends Error {}

/** What was begun is no draft any more, and nobody here has sent it. */
export class ChangedError extends Error {}

type Sending = {
  target: Target;
  draft: Draft;
  pictures: readonly Picture[];
  /** Keep the try before it is made: after a reload it is the same one. */
  remember: (attempt: Attempt) => void;
  onPicture: (number: number) => void;
};

/**
 * Send what was written, once.
 *
 * The same content keeps its key, so that a second press, a lost answer or a reload sends nothing
 * twice. A message with pictures is a draft first, gets its files, and then goes.
 */
export async function sendMessage(sending: Sending): Promise<Message> {
  const { target, draft, pictures, remember } = sending;
  const content = contentOf(target, draft, pictures);
  const before = draft.attempt;
  if (before && before.content !== content && before.draftId) await takeBack(before.draftId);
  const attempt = before?.content === content ? before : { key: newKey(), content, draftId: "" };
  remember(attempt);
  return pictures.length > 0 ? withPictures(sending, attempt) : write(sending, attempt, false);
}

async function withPictures(sending: Sending, attempt: Attempt): Promise<Message> {
  const draft = await write(sending, attempt, true);
  if (draft.status === "canceled") throw new ChangedError();
  if (draft.status !== "draft") return draft; // sent by an attempt whose answer was lost
  sending.remember({ ...attempt, draftId: draft.id });
  const there = attempt.draftId ? await sizesThere(draft.id) : [];
  for (const [place, picture] of sending.pictures.entries()) {
    sending.onPicture(place + 1);
    const known = there.indexOf(picture.file.size);
    if (known === -1) await upload(draft.id, picture);
    else there.splice(known, 1);
  }
  return sendDraft(draft.id, sending.draft.scheduledAt);
}

function write({ target, draft }: Sending, attempt: Attempt, asDraft: boolean): Promise<Message> {
  const to = target.kind === "patient" ? { patient_id: target.id } : { conversation_id: target.id };
  const text = draft.templateId
    ? { body: "", template_id: draft.templateId }
    : { body: draft.body };
  const when = asDraft || !draft.scheduledAt ? {} : { scheduled_at: draft.scheduledAt };
  return unwrap(
    api.POST("/api/v1/messages", {
      params: { header: { "Idempotency-Key": attempt.key } },
      body: { ...to, ...text, ...when, draft: asDraft },
    }),
  );
}

/** Sizes of the files that an earlier attempt has brought; its answers may have been lost. */
async function sizesThere(id: string): Promise<number[]> {
  const page = await unwrap(
    api.GET("/api/v1/{slug}/{owner_id}/files", {
      params: { path: { slug: "messages", owner_id: id } },
    }),
  );
  return page.results.map((one) => one.file_size);
}

async function upload(id: string, picture: Picture): Promise<void> {
  const form = new FormData();
  form.append("file", picture.file);
  try {
    await unwrap(
      api.POST("/api/v1/{slug}/{owner_id}/files", {
        params: { path: { slug: "messages", owner_id: id } },
        body: { file: "", description: "", category: "" },
        bodySerializer: () => form,
      }),
    );
  } catch (error) {
    throw error instanceof ApiError && error.status < 500
      ? new PictureError(picture, error)
      : error;
  }
}

async function sendDraft(id: string, scheduledAt: string): Promise<Message> {
  const params = { path: { id } };
  try {
    return await unwrap(
      api.POST("/api/v1/messages/{id}/send", {
        params,
        body: scheduledAt ? { scheduled_at: scheduledAt } : {},
      }),
    );
  } catch (error) {
    if (!(error instanceof ApiError && error.code === "not_draft")) throw error;
    // An attempt whose answer was lost has sent it, or somebody has cancelled it.
    const now = await unwrap(api.GET("/api/v1/messages/{id}", { params }));
    if (now.status === "canceled") throw new ChangedError();
    return now;
  }
}

/** Let go of a draft that was begun with other content. */
async function takeBack(id: string): Promise<void> {
  const params = { path: { id } };
  try {
    await unwrap(api.POST("/api/v1/messages/{id}/cancel", { params }));
  } catch (error) {
    if (!(error instanceof ApiError && error.code === "message_state")) throw error;
    const now = await unwrap(api.GET("/api/v1/messages/{id}", { params }));
    if (now.status !== "canceled") throw new SentBeforeError();
  }
}

function contentOf(target: Target, draft: Draft, pictures: readonly Picture[]): string {
  const text = draft.templateId ? `template ${draft.templateId}` : draft.body;
  const ids = pictures.map((one) => one.id);
  return JSON.stringify([target.kind, target.id, text, draft.scheduledAt, ids]);
}

/** 128 random bits; `randomUUID` is not there on plain HTTP. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((one) => one.toString(16).padStart(2, "0")).join("");
}
