import {
  type Icon,
  IconBodyScan,
  IconFile,
  IconFileText,
  IconFileTypeCsv,
  IconFileTypeDoc,
  IconFileTypePdf,
  IconFileTypeXls,
  IconPhoto,
} from "@tabler/icons-react";
import type { Document } from "@/api/types";

/** Where somebody works: how dates and numbers are written there, and what time it is. */
export type Place = { locale: string; time_zone: string };

/** What is known of a file without reading it. */
export type FileKind = "pdf" | "picture" | "dicom" | "table" | "text" | "word" | "sheet" | "other";

const KINDS: [RegExp, FileKind][] = [
  [/^application\/pdf$/, "pdf"],
  [/^application\/dicom$/, "dicom"],
  [/^image\//, "picture"],
  [/^text\/csv$/, "table"],
  [/^text\/|^application\/(xml|json)$/, "text"],
  [/^application\/(msword|vnd\.openxmlformats-officedocument\.wordprocessingml)/, "word"],
  [/^application\/vnd\.(ms-excel|openxmlformats-officedocument\.spreadsheetml)/, "sheet"],
];

const ICONS: Record<FileKind, Icon> = {
  pdf: IconFileTypePdf,
  picture: IconPhoto,
  dicom: IconBodyScan,
  table: IconFileTypeCsv,
  text: IconFileText,
  word: IconFileTypeDoc,
  sheet: IconFileTypeXls,
  other: IconFile,
};

const NAMES: Record<string, string> = {
  "application/dicom": "DICOM",
  "application/msword": "DOC",
  "application/vnd.ms-excel": "XLS",
  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "XLSX",
  "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "DOCX",
  "text/plain": "TXT",
};

type Typed = Pick<Document, "file_type">;

/** Return what kind of file it is, by the type that the server found in its bytes. */
export function kindOf({ file_type }: Typed): FileKind {
  return KINDS.find(([pattern]) => pattern.test(file_type))?.[1] ?? "other";
}

/** Return the icon of a document's kind. */
export const iconOf = (document: Typed): Icon => ICONS[kindOf(document)];

/** Return the short name of a file's format: PDF, JPEG, DICOM. */
export function typeName({ file_type }: Typed): string {
  return (
    NAMES[file_type] ?? (file_type.split("/")[1] ?? file_type).replace(/^x-/, "").toUpperCase()
  );
}

const UNITS = ["B", "KB", "MB", "GB", "TB"];

/** Write a number of bytes as people do; 1 KB is 1,024 bytes, as in the clinic's limits. */
export function formatSize(bytes: number, locale?: string): string {
  const power = bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** power;
  const digits = power === 0 || value >= 100 ? 0 : 1;
  return `${numbers(locale, digits).format(value)} ${UNITS[power]}`;
}

// Making one of these takes longer than drawing a row of a list, so each is made once.
const numberWriters = new Map<string, Intl.NumberFormat>();
const dateWriters = new Map<string, Intl.DateTimeFormat>();

function numbers(locale: string | undefined, digits: number): Intl.NumberFormat {
  const key = `${locale} ${digits}`;
  const found =
    numberWriters.get(key) ?? new Intl.NumberFormat(locale, { maximumFractionDigits: digits });
  numberWriters.set(key, found);
  return found;
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;

function writer(locale: string | undefined, zone: string | undefined, withTime: boolean) {
  const key = `${locale} ${zone} ${withTime}`;
  const found =
    dateWriters.get(key) ??
    new Intl.DateTimeFormat(locale, {
      dateStyle: "medium",
      ...(withTime && { timeStyle: "short" }),
      ...(zone && { timeZone: zone }),
    });
  dateWriters.set(key, found);
  return found;
}

/** Write a day, or the day of a moment, in the clinic's language and by its clock. */
export function formatDate(value: string | null | undefined, place?: Place | null): string {
  if (!value) return "";
  const zone = DAY.test(value) ? "UTC" : place?.time_zone; // a day has no zone
  return writer(place?.locale, zone, false).format(new Date(value));
}

/** Write a moment with its time, by the clinic's clock. */
export function formatDateTime(value: string | null | undefined, place?: Place | null): string {
  if (!value) return "";
  return writer(place?.locale, place?.time_zone, true).format(new Date(value));
}

/** Write a category of the clinic's policy (`test_order`) as words. */
export function categoryName(category: string): string {
  const words = category.replaceAll("_", " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Whether its bytes are there for who may see it. */
export const isAvailable = ({ state }: Pick<Document, "state">): boolean => state === "available";

/** Whether there is something to look at: a picture of it, or the beginning of a text. */
export function canPreview(document: Pick<Document, "state" | "file_type" | "preview_url">) {
  if (!isAvailable(document)) return false;
  return document.preview_url !== null || isText(document);
}

/** Whether the server gives the beginning of it as text or as a table. */
export function isText(document: Typed): boolean {
  return ["table", "text"].includes(kindOf(document));
}
