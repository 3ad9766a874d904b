import type { Document } from "@/api/types";
import type { Status } from "./types";
import type { Details, Phase } from "./upload/job";

/**
 * What is to be said of a file. `failed`: see `cause`; `unknown`: it may have arrived, and sending it
 * again finds out; `held`: it has arrived, and the virus scanner holds it back.
 */
export type Problem = {
  kind: "failed" | "unknown" | "cancelled" | "held";
  cause: unknown;
  /** What is wrong with what was said of it, by field. */
  fields: Record<string, string>;
};

/** A file that somebody has chosen and that is no document yet. */
export type PendingFile = {
  id: string;
  file: File;
  /** What `file` was made of, where it was made smaller. */
  original: File | null;
  details: Details;
  status: Status;
  /** Where it is while it is uploading, and how many bytes have left. */
  phase: Phase;
  sent: number;
  problem: Problem | null;
};

/** A document that will be deleted on save; `problem` says why it could not be. */
export type Mark = { document: Document; problem: string | null };

export type Pending = { files: PendingFile[]; marks: Mark[]; saving: boolean };

export const NOTHING: Pending = { files: [], marks: [], saving: false };

export type Action =
  | { type: "added"; files: PendingFile[] }
  | { type: "described"; id: string; details: Partial<Details> }
  | { type: "shrinking"; id: string }
  | { type: "replaced"; id: string; file: File; original: File | null }
  | { type: "removed"; id: string }
  | { type: "queued"; ids: string[] }
  | { type: "progressed"; id: string; phase: Phase; sent: number }
  | { type: "failed"; id: string; problem: Problem }
  | { type: "arrived"; id: string; problem: Problem | null }
  | { type: "marked"; document: Document }
  | { type: "unmarked"; id: string }
  | { type: "kept"; gone: string[]; reasons: Map<string, string> }
  | { type: "saving"; saving: boolean }
  | { type: "settled" }
  | { type: "discarded" };

/** What changes by an action; nothing else changes what waits. */
export function reduce(state: Pending, action: Action): Pending {
  switch (action.type) {
    case "added":
      return { ...state, files: [...state.files, ...action.files] };
    case "described":
      return change(state, action.id, (one) => ({
        details: { ...one.details, ...action.details },
        problem: one.problem && { ...one.problem, fields: without(one, action.details) },
      }));
    case "shrinking":
      return change(state, action.id, () => ({ status: "loading" }));
    case "replaced":
      return change(state, action.id, () => ({
        file: action.file,
        original: action.original,
        status: "idle",
        problem: null,
      }));
    case "removed":
      return { ...state, files: state.files.filter(({ id }) => id !== action.id) };
    case "queued":
      return action.ids.reduce((all, id) => change(all, id, () => QUEUED), state);
    case "progressed":
      return change(state, action.id, () => ({ phase: action.phase, sent: action.sent }));
    case "failed":
      return change(state, action.id, () => ({ status: "error", problem: action.problem }));
    case "arrived":
      return change(state, action.id, ({ file }) => ({
        status: "done",
        sent: file.size,
        problem: action.problem,
      }));
    case "marked":
      return state.marks.some(({ document }) => document.id === action.document.id)
        ? state
        : { ...state, marks: [...state.marks, { document: action.document, problem: null }] };
    case "unmarked":
      return { ...state, marks: state.marks.filter(({ document }) => document.id !== action.id) };
    case "kept":
      return { ...state, marks: state.marks.flatMap((mark) => kept(mark, action)) };
    case "saving":
      return { ...state, saving: action.saving };
    case "settled":
      // What has arrived is in the list; only what there is something to say of stays.
      return { ...state, files: state.files.filter((one) => !isOver(one)) };
    case "discarded":
      return { ...state, files: state.files.filter(isUnderWay), marks: [] };
  }
}

const QUEUED = { status: "uploading", phase: "queued", sent: 0, problem: null } as const;

export const isUnderWay = ({ status }: PendingFile): boolean => status === "uploading";

/** Whether somebody has still to decide on it. */
export const isOpen = ({ status }: PendingFile): boolean =>
  status === "idle" || status === "loading" || status === "error";

const isOver = ({ status, problem }: PendingFile) => status === "done" && problem === null;

/** A file as it was chosen; `id` is of this page only. */
export function chosen(file: File, category: string): PendingFile {
  return {
    id: `file-${++count}`,
    file,
    original: null,
    details: { description: "", category, documentDate: "" },
    status: "idle",
    phase: "queued",
    sent: 0,
    problem: null,
  };
}
let count = 0;

function change(
  state: Pending,
  id: string,
  to: (one: PendingFile) => Partial<PendingFile>,
): Pending {
  return {
    ...state,
    files: state.files.map((one) => (one.id === id ? { ...one, ...to(one) } : one)),
  };
}

/** The problem of a field is over when somebody changes it. */
function without({ problem }: PendingFile, changed: Partial<Details>): Record<string, string> {
  const fields = { ...problem?.fields };
  if ("description" in changed) delete fields.description;
  if ("category" in changed) delete fields.category;
  if ("documentDate" in changed) delete fields.document_date;
  return fields;
}

type Kept = { gone: string[]; reasons: Map<string, string> };

/** A mark stays where its document could not be deleted, or where it came too late. */
function kept(mark: Mark, { gone, reasons }: Kept): Mark[] {
  const problem = reasons.get(mark.document.id);
  if (problem !== undefined) return [{ ...mark, problem }];
  return gone.includes(mark.document.id) ? [] : [mark];
}
