/** Whom a message is for: somebody one has spoken to, or a patient to whom nothing was said yet. */
export type Target = { kind: "conversation" | "patient"; id: string };

/** One try to send: asked again with the same key, the server sends nothing twice. */
export type Attempt = { key: string; content: string; draftId: string };

export type Draft = {
  body: string;
  templateId: string;
  /** As the field has it: by the clinic's clock, without a zone. */
  scheduledAt: string;
  attempt: Attempt | null;
};

/** A picture that waits; files cannot be kept over a reload, only from one page to another. */
export type Picture = { id: string; file: File };

export const EMPTY: Draft = { body: "", templateId: "", scheduledAt: "", attempt: null };

// Beside the browser's store, which may be full or switched off.
const written = new Map<string, Draft>();
const chosen = new Map<string, Picture[]>();

const nameOf = (userId: string, target: Target): string =>
  `chartvault.message.${userId}.${target.kind}.${target.id}`;

/** Return what somebody has begun to write to a target in this tab. */
export function readDraft(userId: string, target: Target): Draft {
  const name = nameOf(userId, target);
  const known = written.get(name);
  if (known) return known;
  try {
    return parsed(window.sessionStorage.getItem(name));
  } catch {
    return EMPTY; // the store is closed to pages here; the text lives in memory then
  }
}

export function writeDraft(userId: string, target: Target, draft: Draft): void {
  const name = nameOf(userId, target);
  const empty = !draft.body && !draft.templateId && !draft.scheduledAt && !draft.attempt;
  if (empty) written.delete(name);
  else written.set(name, draft);
  try {
    if (empty) window.sessionStorage.removeItem(name);
    else window.sessionStorage.setItem(name, JSON.stringify(draft));
  } catch {
    // The store is full or closed: what is written stays in memory until the page is left.
  }
}

export const readPictures = (userId: string, target: Target): Picture[] =>
  chosen.get(nameOf(userId, target)) ?? [];

export function writePictures(userId: string, target: Target, pictures: Picture[]): void {
  if (pictures.length === 0) chosen.delete(nameOf(userId, target));
  else chosen.set(nameOf(userId, target), pictures);
}

/** Take what was being written along when a conversation has become part of another one. */
export function moveDraft(userId: string, from: string, to: string): void {
  if (from === to) return;
  const source: Target = { kind: "conversation", id: from };
  const target: Target = { kind: "conversation", id: to };
  const draft = readDraft(userId, source);
  if (draft.body && !readDraft(userId, target).body) {
    // A new try: the key of the old one belongs to the conversation that is no more.
    writeDraft(userId, target, { ...draft, attempt: null });
    writePictures(userId, target, readPictures(userId, source));
  }
  writeDraft(userId, source, EMPTY);
  writePictures(userId, source, []);
}

/** Forget everything that is kept in memory, as a reload does. */
export function forgetDrafts(): void {
  written.clear();
  chosen.clear();
}

function parsed(text: string | null): Draft {
  if (text === null) return EMPTY;
  const found: unknown = JSON.parse(text);
  if (typeof found !== "object" || found === null) return EMPTY;
  const textOf = (name: string): string => {
    const value: unknown = Reflect.get(found, name);
    return typeof value === "string" ? value : "";
  };
  return {
    body: textOf("body"),
    templateId: textOf("templateId"),
    scheduledAt: textOf("scheduledAt"),
    attempt: parsedAttempt(Reflect.get(found, "attempt")),
  };
}

function parsedAttempt(found: unknown): Attempt | null {
  if (typeof found !== "object" || found === null) return null;
  const key: unknown = Reflect.get(found, "key");
  const content: unknown = Reflect.get(found, "content");
  const draftId: unknown = Reflect.get(found, "draftId");
  if (typeof key !== "string" || typeof content !== "string") return null;
  return { key, content, draftId: typeof draftId === "string" ? draftId : "" };
}
