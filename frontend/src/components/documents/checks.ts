import type { Policy } from "@/api/types";
import type { PendingFile } from "./pending";

/** Why a file cannot be uploaded as it is; nothing of it is sent. */
export type Refusal =
  | { code: "empty" }
  | { code: "type"; extensions: string[] }
  | { code: "size"; limit: number }
  | { code: "duplicate" }
  | { code: "many"; limit: number };

type Rules = Pick<Policy, "extensions" | "max_size" | "max_files">;

/**
 * Check what is chosen by the rules of the record, before anything is sent.
 *
 * `taken` is how many of the record's places are taken when the marked ones are gone; null: not
 * known, and the server decides. A refusal is over as soon as its reason is, so none is stored.
 */
export function check(files: PendingFile[], rules: Rules, taken: number | null) {
  const refusals = new Map<string, Refusal>();
  const seen = new Set<string>();
  let left = rules.max_files === null || taken === null ? null : rules.max_files - taken;
  for (const one of files) {
    const refusal =
      one.status === "done" || one.status === "uploading" ? null : checkFile(one, rules, seen);
    seen.add(identity(one));
    if (refusal !== null) refusals.set(one.id, refusal);
    else if (left !== null && left <= 0 && one.status !== "done" && one.status !== "uploading")
      refusals.set(one.id, { code: "many", limit: rules.max_files ?? 0 });
    else if (left !== null) left -= 1;
  }
  return refusals;
}

function checkFile({ file, ...one }: PendingFile, rules: Rules, seen: Set<string>): Refusal | null {
  if (seen.has(identity({ file, ...one }))) return { code: "duplicate" };
  if (!rules.extensions.includes(extensionOf(file.name)))
    return { code: "type", extensions: rules.extensions };
  if (file.size === 0) return { code: "empty" };
  if (file.size > rules.max_size) return { code: "size", limit: rules.max_size };
  return null;
}

/** Return the extension in lower case with its dot; "" where there is none. */
export function extensionOf(name: string): string {
  const dot = name.lastIndexOf(".");
  return dot < 0 ? "" : name.slice(dot).toLowerCase();
}

/** The same file chosen twice; one that was made smaller is still the one that was chosen. */
function identity({ file, original }: Pick<PendingFile, "file" | "original">): string {
  const { name, size, lastModified } = original ?? file;
  return JSON.stringify([name, size, lastModified]);
}
