import { useState } from "react";
import { ApiError } from "@/api/problem";
import type { Document } from "@/api/types";
import type { Action, Pending, PendingFile, Problem } from "./pending";
import { isUnderWay } from "./pending";
import type { Store } from "./store";
import type { Phase, Target } from "./upload/job";
import { isSettled } from "./upload/persistently";
import { makeQueue } from "./upload/queue";
import { uploadFile } from "./upload/uploadFile";

const AT_ONCE = 3;

type One = { kind: "arrived"; document: Document | null } | { kind: "failed"; file: PendingFile };

/** What became of files: the documents (null: held back), and those that are not there. */
export type Outcome = { arrived: (Document | null)[]; failed: PendingFile[] };

export type Uploader = {
  /** Upload files that wait, three at once; those under way already are left out. */
  upload: (ids: string[], target: Target) => Promise<Outcome>;
  /** Stop one; it stays in the list. */
  cancel: (id: string) => void;
};

/** Uploads of one manager. They go on when the component has gone: what was saved is saved. */
export function useFileUpload(store: Store<Pending, Action>): Uploader {
  const [uploader] = useState(() => makeUploader(store));
  return uploader;
}

function makeUploader({ get, dispatch }: Store<Pending, Action>): Uploader {
  const queue = makeQueue(AT_ONCE);
  const controllers = new Map<string, AbortController>();
  const ends = new Map<string, Promise<unknown>>(); // of what was cancelled, and is cleared up
  const inDoubt = new Set<string>(); // it may have arrived

  async function one(file: PendingFile, target: Target, controller: AbortController): Promise<One> {
    const { signal } = controller;
    const { id } = file;
    const onProgress = (phase: Phase, sent: number) => {
      if (signal.aborted) return;
      if (phase === "waiting") inDoubt.add(id);
      dispatch({ type: "progressed", id, phase, sent });
    };
    try {
      signal.throwIfAborted();
      const { file: content, details } = file;
      const { document, state } = await uploadFile({
        target,
        file: content,
        details,
        signal,
        onProgress,
      });
      inDoubt.delete(id);
      dispatch({ type: "arrived", id, problem: state === "quarantined" ? HELD : null });
      return { kind: "arrived", document };
    } catch (error) {
      if (!signal.aborted) {
        if (isSettled(error)) inDoubt.delete(id);
        else if (!(error instanceof ApiError) || error.status >= 500) inDoubt.add(id);
        dispatch({ type: "failed", id, problem: problemOf(error, inDoubt.has(id)) });
      }
      return { kind: "failed", file };
    } finally {
      if (controllers.get(id) === controller) controllers.delete(id);
    }
  }

  return {
    upload: async (ids, target) => {
      const files = get().files.filter((file) => ids.includes(file.id) && !isUnderWay(file));
      dispatch({ type: "queued", ids: files.map(({ id }) => id) });
      const outcomes = await Promise.all(
        files.map((file) => {
          const controller = new AbortController();
          controllers.set(file.id, controller);
          const before = ends.get(file.id);
          const end = queue(async () => {
            await before;
            return one(file, target, controller);
          });
          ends.set(file.id, end);
          return end;
        }),
      );
      return {
        arrived: outcomes.flatMap((one) => (one.kind === "arrived" ? [one.document] : [])),
        failed: outcomes.flatMap((one) => (one.kind === "failed" ? [one.file] : [])),
      };
    },
    cancel: (id) => {
      controllers.get(id)?.abort();
      const phase = get().files.find((file) => file.id === id)?.phase;
      // Its bytes have left: nobody knows whether the server has taken them.
      if (phase === "finishing" || phase === "verifying") inDoubt.add(id);
      const kind = inDoubt.has(id) ? "unknown" : "cancelled";
      dispatch({ type: "failed", id, problem: { kind, cause: null, fields: {} } });
    },
  };
}

const HELD: Problem = { kind: "held", cause: null, fields: {} };

function problemOf(cause: unknown, inDoubt: boolean): Problem {
  const { file: _, ...fields } = cause instanceof ApiError ? cause.fields : {};
  return { kind: inDoubt ? "unknown" : "failed", cause, fields };
}
