import { api, unwrap } from "@/api/client";
import { ApiError, isUnsure } from "@/api/problem";
import type { Schema } from "@/api/types";
import type { Attempt, Draft, Picture, Target } from "./drafts";
import { ChangedError, PictureError, SentBeforeError } from "./sendErrors";

type Message = Schema<"Message">;

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
  const { draft, pictures, remember } = sending;
  const content = contentOf(draft, pictures);
  const before = draft.attempt;
  if (before && before.content !== content && before.draftId) await takeBack(before.draftId);
  const attempt =
    before?.content === content ? before : { key: newKey(), content, draftId: "", uploaded: 0 };
  remember(attempt);
  return pictures.length > 0 ? withPictures(sending, attempt) : write(sending, attempt, false);
}

async function withPictures(sending: Sending, attempt: Attempt): Promise<Message> {
  const draft = await write(sending, attempt, true);
  if (draft.status === "canceled") throw new ChangedError();
  if (draft.status !== "draft") return draft; // sent by an attempt whose answer was lost
  let { uploaded } = attempt;
  sending.remember({ ...attempt, draftId: draft.id });
  for (const [place, picture] of sending.pictures.entries()) {
    if (place < uploaded) continue;
    sending.onPicture(place + 1);
    // The same place has the same picture as long as the content is the same.
    await upload(draft.id, picture, `${attempt.key}-${place}`);
    uploaded = place + 1;
    sending.remember({ ...attempt, draftId: draft.id, uploaded });
  }
  return sendDraft(draft.id, sending.draft.scheduledAt);
}

async function write(
  { target, draft }: Sending,
  attempt: Attempt,
  asDraft: boolean,
): Promise<Message> {
  const to = target.kind === "patient" ? { patient_id: target.id } : { conversation_id: target.id };
  const text = draft.templateId
    ? { body: "", template_id: draft.templateId }
    : { body: draft.body };
  const when = asDraft || !draft.scheduledAt ? {} : { scheduled_at: draft.scheduledAt };
  try {
    return await unwrap(
      api.POST("/api/v1/messages", {
        params: { header: { "Idempotency-Key": attempt.key } },
        body: { ...to, ...text, ...when, draft: asDraft },
      }),
    );
  } catch (error) {
    // What was begun has gone to another conversation along with its patient.
    if (error instanceof ApiError && error.code === "idempotency_key_used")
      throw new SentBeforeError();
    throw error;
  }
}

async function upload(id: string, picture: Picture, key: string): Promise<void> {
  const form = new FormData();
  form.append("file", picture.file);
  try {
    await unwrap(
      api.POST("/api/v1/{slug}/{owner_id}/files", {
        params: {
          path: { slug: "messages", owner_id: id },
          header: { "Idempotency-Key": key },
        },
        body: { file: "", description: "", category: "" },
        bodySerializer: () => form,
      }),
    );
  } catch (error) {
    throw error instanceof ApiError && isAboutThePicture(error)
      ? new PictureError(picture, error)
      : error;
  }
}

/** Statuses that say nothing about a file: who asks, how often, whether the message is there. */
const NOT_OF_A_FILE = [401, 403, 404, 429];

const isAboutThePicture = (error: ApiError): boolean =>
  error.status < 500 &&
  !isUnsure(error) &&
  !NOT_OF_A_FILE.includes(error.status) &&
  !["busy", "record_closed"].includes(error.code);

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
    if (!(error instanceof ApiError)) throw error;
    if (error.status === 404) return; // it is no more, or not theirs any more
    if (error.code !== "message_state") throw error;
    const now = await unwrap(api.GET("/api/v1/messages/{id}", { params }));
    if (now.status !== "canceled") throw new SentBeforeError();
  }
}

/** What is to be sent, without whom it is for: a draft moves along with its conversation. */
function contentOf(draft: Draft, pictures: readonly Picture[]): string {
  const { templateId, scheduledAt } = draft;
  const ids = pictures.map((one) => one.id);
  return JSON.stringify([templateId, templateId ? "" : draft.body, scheduledAt, ids]);
}

/** 128 random bits; `randomUUID` is not there on plain HTTP. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((one) => one.toString(16).padStart(2, "0")).join("");
}
