import type { Picture } from "./drafts";

/** What gateways carry; the server looks into the files and decides. */
export const TYPES = ["image/jpeg", "image/png", "image/gif"];
export const MOST_PICTURES = 10;
export const MOST_BYTES = 5_000_000;

export type Refusal = { reason: "type" | "tooMany" | "tooLarge" | "empty"; name: string };

/** Say why some of the chosen files cannot go with a message; the rest may. */
export function checkPictures(
  there: readonly Picture[],
  files: readonly File[],
): { taken: File[]; refused: Refusal[] } {
  const taken: File[] = [];
  const refused: Refusal[] = [];
  let bytes = there.reduce((sum, one) => sum + one.file.size, 0);
  for (const file of files) {
    const reason = whyNot(file, there.length + taken.length, bytes);
    if (reason) {
      // That there are too many is said once, however many they are.
      if (reason === "tooMany" && refused.some((one) => one.reason === reason)) continue;
      refused.push({ reason, name: file.name });
      continue;
    }
    taken.push(file);
    bytes += file.size;
  }
  return { taken, refused };
}

function whyNot(file: File, number: number, bytes: number): Refusal["reason"] | null {
  if (!TYPES.includes(file.type)) return "type";
  if (file.size === 0) return "empty";
  if (number >= MOST_PICTURES) return "tooMany";
  if (bytes + file.size > MOST_BYTES) return "tooLarge";
  return null;
}
