import type { Ref } from "react";
import type { Document, Policy } from "@/api/types";

/** A kind of record by its slug, as the API's addresses and policies name it (`lab-results`). */
export type EntityType = string;

/** What a thing is doing; there is no second flag beside it. */
export type Status = "idle" | "loading" | "uploading" | "error" | "done";

export type Mode = "view" | "edit" | "create";

/** What `save` did. `failed` files stay in the list, each with its reason and a retry. */
export type Saved = { uploaded: Document[]; deleted: string[]; failed: string[] };

/** For a form around it that has a Save of its own. */
export type DocumentManagerHandle = {
  /** Upload what waits and delete what is marked; `entityId` of a record made just now. */
  save: (entityId?: string) => Promise<Saved>;
  /** Whether something waits for `save`. */
  hasChanges: () => boolean;
};

export type DocumentManagerProps = {
  entityType: EntityType;
  /** None while the record is being created; given later, what waits is uploaded. */
  entityId?: string | undefined;
  mode: Mode;
  onFileCountChange?: (count: number) => void;
  onError?: (message: string) => void;
  /** What differs from the clinic's policy for this kind (fewer types, fewer files …). */
  config?: Partial<Policy>;
  className?: string;
  /** With it the form around it saves; without, the manager has its own button. */
  ref?: Ref<DocumentManagerHandle>;
};
