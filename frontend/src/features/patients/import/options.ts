import type { Schema } from "@/api/types";

export const ON_DUPLICATE = [
  "skip",
  "update",
  "report",
] as const satisfies readonly Schema<"OnDuplicateEnum">[];
export const DATE_ORDERS = ["", "DMY", "MDY", "YMD"] as const satisfies readonly (
  | Schema<"DateOrderEnum">
  | ""
)[];
export const LARGEST = 100 * 1024 * 1024; // bytes
export const LEFT_OUT = "-"; // in a mapping: the column is not imported

/** How the file is to be read; what is empty the server finds out. */
export type Options = {
  on_duplicate: (typeof ON_DUPLICATE)[number];
  date_order: (typeof DATE_ORDERS)[number];
  encoding: string;
  delimiter: string;
  sheet: string;
  /** What columns are, by their titles, where somebody has said so. */
  mapping: Record<string, string>;
};
export const USUAL: Options = {
  on_duplicate: "skip",
  date_order: "",
  encoding: "",
  delimiter: "",
  sheet: "",
  mapping: {},
};

/** Say what is wrong with a file that need not be sent to be refused. */
export function faultOf(file: File): "tooLarge" | "wrongType" | "empty" | null {
  if (file.size === 0) return "empty";
  if (file.size > LARGEST) return "tooLarge";
  return /\.(csv|tsv|txt|xlsx)$/i.test(file.name) ? null : "wrongType";
}

/** Return the form that the API takes; `partial` adds the rows that are right. */
export function formOf(file: File, options: Options, partial = false): FormData {
  const form = new FormData();
  form.set("file", file);
  const { mapping, ...texts } = options;
  for (const [name, text] of Object.entries(texts)) if (text) form.set(name, text);
  if (Object.keys(mapping).length > 0) form.set("mapping", JSON.stringify(mapping));
  if (partial) form.set("partial", "true");
  return form;
}
