import type { ReactNode } from "react";
import type { Document } from "@/api/types";
import type { EntityType } from "../types";

/** What a change in the list did, by ids; whoever shows a count of documents wants to know. */
export type FilesChange = { kind: "deleted" | "restored" | "described"; documents: Document[] };

type Where =
  | { scope?: "record"; entityType: EntityType; entityId: string; patientId?: string | undefined }
  | { scope: "patient"; patientId: string; entityType?: undefined; entityId?: undefined }
  | { scope: "trash"; patientId?: string; entityType?: undefined; entityId?: undefined };

export type FileListProps = Where & {
  /** Documents that a form around it will delete on its save; they look so and can be kept. */
  marked?: ReadonlySet<string>;
  /** With it, deleting marks and does nothing more; without, it puts into the trash at once. */
  onMark?: (document: Document) => void;
  onUnmark?: (document: Document) => void;
  /** Whether deleting and restoring are offered; else by what the role may do. */
  canDelete?: boolean;
  /** Whether description, category and date can be changed; else by what the role may do. */
  canChange?: boolean;
  /** Called after the list itself has deleted, restored or described documents. */
  onChanged?: (change: FilesChange) => void;
  /** What stands where there are no documents at all. */
  empty?: ReactNode;
  /** The name of the list for who cannot see it. */
  label?: string;
  className?: string;
};

export const SORTS = ["uploaded", "name", "size", "type"] as const;
export type SortName = (typeof SORTS)[number];
export type Sort = SortName | `-${SortName}`;

/** What the server is asked for; an empty text is no filter. */
export type Filters = {
  search: string;
  category: string;
  fileType: string;
  /** Which date `from` and `to` are about. */
  dates: "uploaded" | "dated";
  from: string;
  to: string;
  sort: Sort;
};

export const NO_FILTERS: Filters = {
  search: "",
  category: "",
  fileType: "",
  dates: "uploaded",
  from: "",
  to: "",
  sort: "-uploaded",
};

/** Whether anything is left out of the list; the order leaves nothing out. */
export const isFiltered = (one: Filters): boolean =>
  [one.search.trim(), one.category, one.fileType, one.from, one.to].some(Boolean);
