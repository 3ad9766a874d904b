import { useCallback, useSyncExternalStore } from "react";
import type { Schema } from "@/api/types";
import { holdPage } from "@/components/documents/leaving";
import {
  type Draft,
  EMPTY,
  forgetKept,
  isEmpty,
  nameOf,
  readKept,
  type Target,
  writeKept,
} from "./kept";

export type { Attempt, Draft, Target } from "./kept";

/** A picture that waits; files cannot be kept over a reload, only from one page to another. */
export type Picture = { id: string; file: File };

/** What becomes of what is written. */
export type Step =
  | { step: "writing" }
  /** `place`: which picture is on its way, from 1; 0 while none is. */
  | { step: "sending"; place: number }
  | { step: "failed"; error: unknown }
  | { step: "sent"; status: Schema<"MessageStatus"> };

/** All that there is of a message before it is sent. */
export type Written = { draft: Draft; pictures: readonly Picture[]; state: Step };

export const WRITING: Step = { step: "writing" };
const NOTHING: Written = { draft: EMPTY, pictures: [], state: WRITING };

// Here, and not in the box: what is being sent goes on when somebody leaves the page, and whoever
// comes back, or has the box in another place by then, sees how far it is.
const known = new Map<string, Written>();
const watchers = new Set<() => void>();

/** Return what somebody has begun to write to a target in this tab. */
export function readWritten(userId: string, target: Target): Written {
  const name = nameOf(userId, target);
  const there = known.get(name);
  if (there) return there;
  const draft = readKept(name);
  const found = draft === EMPTY ? NOTHING : { ...NOTHING, draft };
  known.set(name, found);
  return found;
}

/** Change what stands there at this moment; says so to whoever shows it. */
export function changeWritten(
  userId: string,
  target: Target,
  change: (now: Written) => Partial<Written>,
): void {
  const name = nameOf(userId, target);
  const before = readWritten(userId, target);
  const next = { ...before, ...change(before) };
  known.set(name, next);
  if (next.draft !== before.draft) writeKept(name, next.draft);
  tell();
}

/** Show what is written to a target, whoever changes it. */
export function useWritten(userId: string, target: Target): Written {
  return useSyncExternalStore(
    watch,
    useCallback(() => readWritten(userId, target), [userId, target]),
  );
}

/** Whether anything would be missed if it were gone. */
export const hasSomething = ({ draft, pictures, state }: Written): boolean =>
  pictures.length > 0 || state.step === "sending" || !isEmpty(draft);

/** Forget everything that is kept in memory, as a reload does. */
export function forgetDrafts(): void {
  known.clear();
  forgetKept();
  tell();
}

function watch(watcher: () => void): () => void {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

let release: (() => void) | null = null;

function tell(): void {
  for (const watcher of watchers) watcher();
  // Texts are there again after a reload; pictures, and what is on its way, are not.
  const rows = [...known.values()];
  if (rows.some(({ pictures, state }) => pictures.length > 0 || state.step === "sending")) {
    release ??= holdPage();
  } else {
    release?.();
    release = null;
  }
}
