import { type RefObject, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, isGone, isUnsure } from "@/api/problem";
import type { DocumentManagerHandle } from "@/components/documents/types";
import { useErrorText } from "@/components/states";
import { useDates } from "@/components/useDates";
import type { BaseDraft, BaseRecord, Kind, Tagged } from "../kind";
import { useStored } from "../useRecords";
import { changesOf, withFields } from "./changes";
import { useFieldErrors } from "./useFieldErrors";

export type FormState<R> =
  | { status: "idle" | "saving" }
  | { status: "failed"; message: string }
  /** The record is stored, and some of its files are not. */
  | { status: "filesLeft"; count: number }
  /** A new record was sent and no answer came; it may be there. */
  | { status: "unknown"; since: number }
  | { status: "conflict"; theirs: Tagged<R> };

type Props<R extends BaseRecord, D extends BaseDraft, B extends object> = {
  kind: Kind<R, D, B>;
  initial: Tagged<R> | null;
  patientId?: string | undefined;
  documents: RefObject<DocumentManagerHandle | null>;
  onSaved: (record: R) => void;
};

/** What a form holds and does, from the first letter to the last file. */
export function useRecordForm<R extends BaseRecord, D extends BaseDraft, B extends object>({
  kind,
  initial,
  patientId = "",
  documents,
  onSaved,
}: Props<R, D, B>) {
  const { t } = useTranslation("records");
  const { zone } = useDates();
  const errorText = useErrorText();
  const tellStored = useStored(kind.slug);
  const [base, setBase] = useState(initial);
  const [blank] = useState<D>(() => ({ ...kind.emptyDraft(zone), patient_id: patientId }));
  const [draft, setDraft] = useState<D>(() => (initial ? kind.draftOf(initial.data, zone) : blank));
  const [state, setState] = useState<FormState<R>>({ status: "idle" });
  const errors = useFieldErrors(kind, draft);
  const busy = useRef(false);
  const finished = useRef(false);
  const gone = useRef(false);
  useEffect(() => {
    gone.current = false;
    return () => {
      gone.current = true;
    };
  }, []);

  const bodyOfBase = (of: Tagged<R> | null) =>
    kind.bodyOf(of ? kind.draftOf(of.data, zone) : blank, zone);
  const mine = () => changesOf(bodyOfBase(base), kind.bodyOf(draft, zone));

  const change = (patch: Partial<D> | Record<string, unknown>) => {
    setDraft((before) => ({ ...before, ...patch }));
    errors.forget(Object.keys(patch));
  };

  /** Send what is new; null: there is something to decide first. */
  const store = async (): Promise<Tagged<R> | null> => {
    if (base === null) {
      const since = Date.now();
      try {
        return await kind.api.create(kind.bodyOf(draft, zone));
      } catch (error) {
        if (!isUnsure(error)) throw error;
        setState({ status: "unknown", since });
        return null;
      }
    }
    const changes = mine();
    if (Object.keys(changes).length === 0) return base;
    try {
      return await kind.api.change(base.data.id, base.etag, changes);
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 412) throw error;
      const theirs = await kind.api.get(base.data.id);
      // What was sent may have arrived although its answer did not.
      const left = changesOf(bodyOfBase(theirs), { ...bodyOfBase(theirs), ...changes });
      if (Object.keys(left).length === 0) return theirs;
      setState({ status: "conflict", theirs });
      return null;
    }
  };

  /** Upload and delete documents of a record that is stored; the record stays whatever happens. */
  const storeDocuments = async (stored: Tagged<R>): Promise<FormState<R>> => {
    try {
      const saved = await documents.current?.save(stored.data.id);
      const count = saved?.failed.length ?? 0;
      return count > 0 ? { status: "filesLeft", count } : { status: "idle" };
    } catch (error) {
      return {
        status: "failed",
        message: t("dialog.filesFailed", { reason: errorText(error) }),
      };
    } finally {
      // Not earlier: a manager that learns the id now has nothing left to send by itself.
      setBase(stored);
      setDraft(kind.draftOf(stored.data, zone));
      tellStored(stored);
    }
  };

  const save = async () => {
    if (busy.current || errors.missing()) return;
    busy.current = true;
    setState({ status: "saving" });
    errors.clear();
    try {
      const stored = await store();
      if (stored === null) return;
      const outcome = await storeDocuments(stored);
      setState(outcome);
      if (outcome.status !== "idle") return;
      finished.current = true;
      // Whoever has left is somewhere else by now, and stays there.
      if (!gone.current) onSaved(stored.data);
    } catch (error) {
      const gone = base !== null && isGone(error);
      const message = gone ? t("dialog.goneMeanwhile") : (errors.take(error) ?? errorText(error));
      setState({ status: "failed", message });
    } finally {
      busy.current = false;
    }
  };

  /** Go on from what is there now: with what was changed here, or without it. */
  const takeOver = (theirs: Tagged<R>, keep: boolean) => {
    const now = kind.draftOf(theirs.data, zone);
    setDraft(keep ? withFields(now, draft, Object.keys(mine())) : now);
    setBase(theirs);
    setState({ status: "idle" });
    errors.clear();
  };

  return {
    base,
    draft,
    state,
    errorOf: errors.of,
    refusals: errors.refusals,
    change,
    save,
    takeOver,
    /** The record that was sent is this one; what else was written goes there. */
    adopt: (record: Tagged<R>) => {
      setBase(record);
      setState({ status: "idle" });
    },
    again: () => setState({ status: "idle" }),
    theirChanges: (theirs: Tagged<R>) =>
      Object.keys(changesOf(bodyOfBase(base), bodyOfBase(theirs))),
    myChanges: () => Object.keys(mine()),
    isDirty: () =>
      !finished.current &&
      (Object.keys(mine()).length > 0 || documents.current?.hasChanges() === true),
  };
}
