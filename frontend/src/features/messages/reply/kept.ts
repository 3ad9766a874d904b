/** Whom a message is for: somebody one has spoken to, or a patient to whom nothing was said yet. */
export type Target = { kind: "conversation" | "patient"; id: string };

/** One try to send: asked again with the same key, the server sends nothing twice. */
export type Attempt = {
  key: string;
  /** What was to be sent, whoever it was for (`contentOf`). */
  content: string;
  /** The message at the server that waits for its pictures, when there is one. */
  draftId: string;
  /** How many of its pictures are known to be there. */
  uploaded: number;
};

export type Draft = {
  body: string;
  templateId: string;
  /** As the field has it: by the clinic's clock, without a zone. */
  scheduledAt: string;
  attempt: Attempt | null;
  /** It was put together of two drafts, which somebody should read before it goes. */
  joined: boolean;
};

export const EMPTY: Draft = {
  body: "",
  templateId: "",
  scheduledAt: "",
  attempt: null,
  joined: false,
};

export const nameOf = (userId: string, target: Target): string =>
  `chartvault.message.${userId}.${target.kind}.${target.id}`;

export const isEmpty = (draft: Draft): boolean =>
  !draft.body && !draft.templateId && !draft.scheduledAt && !draft.attempt;

/** Between two texts that stand together. */
export const GAP = "\n\n";

/** Names of what stands in the browser's store, as far as this page has written it. */
const stored = new Set<string>();

/** Return what the browser has kept over a reload. */
export function readKept(name: string): Draft {
  try {
    return parsed(window.sessionStorage.getItem(name));
  } catch {
    return EMPTY; // the store is closed to pages here; the text lives in memory then
  }
}

/** Have the browser keep a draft over a reload, in this tab. */
export function writeKept(name: string, draft: Draft): void {
  try {
    // Whoever signs out has it all removed: what is still on its way does not bring it back.
    if (stored.has(name) && window.sessionStorage.getItem(name) === null) return;
    if (isEmpty(draft)) {
      stored.delete(name);
      window.sessionStorage.removeItem(name);
    } else {
      window.sessionStorage.setItem(name, JSON.stringify(draft));
      stored.add(name);
    }
  } catch {
    // The store is full or closed: what is written stays in memory until the page is left.
  }
}

/** As after a reload: nothing is known of what stands in the browser's store. */
export const forgetKept = (): void => stored.clear();

function parsed(text: string | null): Draft {
  const found = recordOf(text === null ? null : JSON.parse(text));
  if (found === null) return EMPTY;
  return {
    body: textOf(found.body),
    templateId: textOf(found.templateId),
    scheduledAt: textOf(found.scheduledAt),
    attempt: parsedAttempt(recordOf(found.attempt)),
    joined: found.joined === true,
  };
}

function parsedAttempt(found: Record<string, unknown> | null): Attempt | null {
  if (found === null) return null;
  const { key, content, uploaded } = found;
  if (typeof key !== "string" || typeof content !== "string") return null;
  return {
    key,
    content,
    draftId: textOf(found.draftId),
    uploaded: typeof uploaded === "number" ? uploaded : 0,
  };
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

const recordOf = (value: unknown): Record<string, unknown> | null =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null;
