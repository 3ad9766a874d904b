import type { ComponentType } from "react";
import type { records } from "@/locales/en/records";

export type Slug = keyof typeof records.kinds;
export type FieldLabel = keyof typeof records.fields;
export type Hint = keyof typeof records.hints;
export type FilterName = keyof typeof records.filters;
export type Choices = keyof typeof records.choices;

/** What records of every kind have. */
export type BaseRecord = {
  readonly id: string;
  patient_id: string;
  readonly patient_name: string;
  readonly created_at: string;
  readonly updated_at: string;
};

/** What forms of every kind hold: texts as they are typed, and nested lists. */
export type BaseDraft = { patient_id: string };

export type Tagged<R> = { data: R; etag: string };
export type RecordPage<R> = { next?: string | null; results: R[] };
/** Filters and the cursor as the address has them; the server says what is wrong with one. */
export type Query = Record<string, string | number>;

/** The endpoints of one kind, each typed by the server's description. */
export type Endpoints<R, B> = {
  list: (query: Query, signal?: AbortSignal) => Promise<RecordPage<R>>;
  get: (id: string, signal?: AbortSignal) => Promise<Tagged<R>>;
  create: (body: B) => Promise<Tagged<R>>;
  change: (id: string, etag: string, body: Partial<B>) => Promise<Tagged<R>>;
  remove: (id: string, etag: string) => Promise<unknown>;
};

type Named<D> = { name: keyof D & FieldLabel; hint?: Hint; required?: boolean };

/** What a part of a form with a look of its own gets; `change` takes the new value of its field. */
export type PartProps<D> = {
  draft: D;
  change: (patch: Partial<D>) => void;
  errorOf: (path: string) => string | undefined;
};

/** One field of a form, and one line of what is shown. */
export type Field<R, D> = Named<D> &
  (
    | { type: "text" | "long"; max: number; wide?: boolean }
    | { type: "day" | "clock" | "yes" }
    | { type: "choice"; choices: Choices; empty?: boolean }
    /** `stays`: a stored record always has one; it may become another, and never nobody. */
    | { type: "person"; nameOf: (record: R) => string; stays?: boolean }
    | { type: "visit" }
    | { type: "part"; Edit: ComponentType<PartProps<D>>; Show: ComponentType<{ draft: D }> }
  );

export type Filter =
  | { type: "text" | "day"; name: FilterName }
  | { type: "choice"; name: FilterName; choices: Choices }
  | { type: "person"; name: FilterName };

/** Which colour a state has; the words beside it say the same. */
export type Mark = { choices: Choices; value: string; color: string };

/** What opens below a record's details: actions and lists of its own. */
export type ExtraProps<R> = { record: R; etag: string };

/** Everything that one kind of record does differently from the others. */
export type Kind<R extends BaseRecord, D extends BaseDraft, B> = {
  slug: Slug;
  area: "records" | "insurances";
  api: Endpoints<R, B>;
  fields: Field<R, D>[];
  filters: Filter[];
  titleOf: (record: R) => string;
  marks: (record: R) => Mark[];
  /** The lines of a card, besides its title, patient, marks and count. */
  Card: ComponentType<{ record: R }>;
  emptyDraft: (zone: string) => D;
  draftOf: (record: R, zone: string) => D;
  /** What is sent for a draft; both sides of a comparison go through it. */
  bodyOf: (draft: D, zone: string) => B;
  /** Whether a record can still be changed or removed; always, where left out. */
  open?: (record: R) => boolean;
  Extra?: ComponentType<ExtraProps<R>>;
};

/** Empty texts of days, moments and ids are sent as null. */
export const orNull = (text: string): string | null => (text === "" ? null : text);
