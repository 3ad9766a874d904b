import { ApiError } from "@/api/problem";

const isTexts = (found: unknown): found is string[] =>
  Array.isArray(found) && found.every((one) => typeof one === "string");

/** Return the columns of a file that was refused because nobody knows which hold the names. */
export function titlesOf(error: unknown): { titles: string[]; known: string[] } | null {
  if (!(error instanceof ApiError)) return null;
  const { titles, known } = error.body;
  return isTexts(titles) && isTexts(known) ? { titles, known } : null;
}
