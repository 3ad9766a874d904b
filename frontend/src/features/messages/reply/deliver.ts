import type { Schema } from "@/api/types";
import { changeWritten, type Picture, readWritten, type Target, type Written } from "./drafts";
import { type Draft, GAP } from "./kept";
import { sendMessage } from "./send";
import { ChangedError, SentBeforeError } from "./sendErrors";

/**
 * Send what is written to a target; null when nothing was sent, or while it is being sent already.
 *
 * What becomes of it stands with what is written. It goes on when the page is left.
 */
export async function deliver(userId: string, target: Target): Promise<Schema<"Message"> | null> {
  const { draft, pictures, state } = readWritten(userId, target);
  // Two presses within one moment are one, also before the button is drawn as disabled.
  if (state.step === "sending") return null;
  const change = (next: (now: Written) => Partial<Written>) => changeWritten(userId, target, next);
  change(() => ({ state: { step: "sending", place: 0 } }));
  try {
    const message = await sendMessage({
      target,
      draft,
      pictures,
      remember: (attempt) => change((now) => ({ draft: { ...now.draft, attempt } })),
      onPicture: (place) => change(() => ({ state: { step: "sending", place } })),
    });
    change((now) => ({
      draft: without(now.draft, draft),
      pictures: unsent(now.pictures, pictures),
      state: { step: "sent", status: message.status },
    }));
    return message;
  } catch (error) {
    // What was begun is settled; the next press begins anew.
    const settled = error instanceof ChangedError || error instanceof SentBeforeError;
    change((now) => ({
      draft: settled ? { ...now.draft, attempt: null } : now.draft,
      state: { step: "failed", error },
    }));
    return null;
  }
}

/** What is left of a draft when another, which it was, has been sent: not what went with it. */
function without(now: Draft, sent: Draft): Draft {
  return {
    // A text beside a template was not sent.
    body: sent.templateId === "" ? textWithout(now.body, sent.body) : now.body,
    templateId: now.templateId === sent.templateId ? "" : now.templateId,
    scheduledAt: now.scheduledAt === sent.scheduledAt ? "" : now.scheduledAt,
    attempt: null,
    joined: false,
  };
}

/** Another text may have been put below it meanwhile (`moveDraft`). */
function textWithout(now: string, sent: string): string {
  if (now === sent) return "";
  return now.startsWith(sent + GAP) ? now.slice((sent + GAP).length) : now;
}

const unsent = (now: readonly Picture[], sent: readonly Picture[]): Picture[] =>
  now.filter((one) => !sent.some(({ id }) => id === one.id));
