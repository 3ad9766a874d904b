import type { Target } from "./job";
import { hashText } from "./sha256";

// An upload's Idempotency-Key is kept until its outcome is known, over a reload of the page too: the
// same file chosen again for the same record goes on with it, and nothing is doubled. Names of files
// say too much of patients to be kept in a browser, so only a hash is.

const STORE = "chartvault.uploads";
const KEPT = 24 * 60 * 60 * 1000; // ms; the server gives up what is not complete by then

type Kept = Record<string, { key: string; at: number }>;
/** For a browser that keeps nothing (private windows, full storage): until the reload, at least. */
let inMemory: Kept = {};

/** Return the key with which this file was sent to this record before, or keep a new one. */
export function keyFor(target: Target, file: File): string {
  const kept = read();
  const place = fingerprint(target, file);
  const known = kept[place];
  if (known !== undefined) return known.key;
  const key = randomKey();
  write({ ...kept, [place]: { key, at: Date.now() } });
  return key;
}

/** Whether this file was being sent to this record and nobody knows how that ended. */
export const isKept = (target: Target, file: File): boolean =>
  read()[fingerprint(target, file)] !== undefined;

/** The outcome is known: sent once more, it would be another document. */
export function forgetKey(target: Target, file: File): void {
  const { [fingerprint(target, file)]: _, ...others } = read();
  write(others);
}

/** What somebody began to send is nobody else's to go on with. */
const fingerprint = ({ entityType, entityId, userId }: Target, file: File): string =>
  hashText(JSON.stringify([userId, entityType, entityId, file.name, file.size, file.lastModified]));

/** `crypto.randomUUID` is for https only. */
function randomKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function read(): Kept {
  const after = Date.now() - KEPT;
  return Object.fromEntries(Object.entries(stored()).filter(([, { at }]) => at > after));
}

function stored(): Kept {
  try {
    const found: unknown = JSON.parse(window.sessionStorage.getItem(STORE) ?? "null");
    return isKeptKeys(found) ? found : inMemory;
  } catch {
    return inMemory;
  }
}

function write(kept: Kept): void {
  inMemory = kept;
  try {
    window.sessionStorage.setItem(STORE, JSON.stringify(kept));
  } catch {
    // What is in memory holds until the page is left; what was stored before is out of date.
    forgetStored();
  }
}

function forgetStored(): void {
  try {
    window.sessionStorage.removeItem(STORE);
  } catch {
    // A browser that lets nobody near its storage does not let it be read either.
  }
}

function isKeptKeys(found: unknown): found is Kept {
  return (
    found !== null &&
    typeof found === "object" &&
    Object.values(found).every((one) => typeof one?.key === "string" && typeof one?.at === "number")
  );
}
