import { useEffect, useRef, useState } from "react";
import type { Document, Policy } from "@/api/types";
import { useMember } from "@/app/session";
import { useErrorText } from "@/components/states";
import { check } from "./checks";
import { useFileCounts } from "./counts";
import { deleteMarked } from "./deleteMarked";
import { holdPage } from "./leaving";
import {
  type Action,
  chosen,
  isOpen,
  isUnderWay,
  NOTHING,
  type Pending,
  type PendingFile,
  reduce,
} from "./pending";
import { makeStore, type Store, useStore } from "./store";
import type { EntityType, Saved } from "./types";
import { isKept } from "./upload/keys";
import { useFileUpload } from "./useFileUpload";
import { useSaved } from "./useSaved";

type Options = {
  entityType: EntityType;
  entityId: string | undefined;
  rules: Policy;
  onFileCountChange: ((count: number) => void) | undefined;
  onError: ((message: string) => void) | undefined;
};

/** What waits to be added to a record or deleted from it, and how it is carried out. */
export function useDocumentManager(options: Options) {
  const { entityType, entityId, rules, onFileCountChange } = options;
  const { store, state } = useStore<Pending, Action>(() => makeStore(reduce, NOTHING));
  // Of a record that was made just now, until its id comes as a property.
  const [madeId, setMadeId] = useState<string>();
  const made = useRef<string>(undefined);
  const userId = useMember()?.user.id ?? "";
  const target = entityId ?? madeId;
  const { counts } = useFileCounts(entityType, target ? [target] : []);
  const count = target ? counts[target] : 0;
  const uploader = useFileUpload(store);
  const textOf = useErrorText();
  const onSaved = useSaved({ count, onError: options.onError });
  const running = useRef<Promise<Saved>>(null);

  const refusalsNow = (known = count) => {
    const { files, marks } = store.get();
    return check(files, rules, known === undefined ? null : known - marks.length);
  };
  const refusals = refusalsNow();
  const hasChanges = state.marks.length > 0 || state.files.some(isOpen);

  const carryOut = async (id: string, choose: (fileId: string) => boolean, marks = false) => {
    const release = holdPage();
    const place = { entityType, entityId: id, userId };
    try {
      await shrunk(store);
      const deleted = await deleteMarked(marks ? store.get().marks : [], textOf);
      const refused = refusalsNow();
      if (marks) store.dispatch({ type: "kept", gone: deleted.ids, reasons: deleted.reasons });
      const open = store.get().files.filter((one) => isOpen(one) && choose(one.id));
      const ready = open.filter((one) => !refused.has(one.id));
      const left = open.filter((one) => refused.has(one.id));
      const { arrived, failed } = await uploader.upload(
        ready.map((one) => one.id),
        place,
      );
      // Added while the others were on their way: whoever closes the form now would lose them.
      const late = store
        .get()
        .files.filter(
          (one) => isOpen(one) && choose(one.id) && !open.some(({ id: known }) => known === one.id),
        );
      const kept = (marks ? store.get().marks : []).map(({ document }) => document.file_name);
      const saved: Saved = {
        uploaded: arrived.filter((one): one is Document => one !== null),
        deleted: deleted.ids,
        failed: [...left, ...failed, ...late].map(({ file }) => file.name).concat(kept),
      };
      // What was refused before, or cancelled, is known to whoever did it.
      const { files } = store.get();
      const isCancelled = (one: PendingFile) =>
        files.find(({ id }) => id === one.id)?.problem?.kind === "cancelled";
      const news = failed.filter((one) => !isCancelled(one)).map(({ file }) => file.name);
      store.dispatch({ type: "settled" });
      onSaved(place, { ...saved, failed: [...news, ...kept] });
      return saved;
    } finally {
      release();
    }
  };

  /** Twice at once is once. */
  const save = (recordId?: string): Promise<Saved> => {
    const id = recordId ?? target;
    if (running.current) return running.current;
    if (id === undefined)
      return Promise.reject(new Error("save() needs the id of the record that was made."));
    setMadeId(id);
    made.current = id;
    store.dispatch({ type: "saving", saving: true });
    const run = carryOut(id, () => true, true).finally(() => {
      running.current = null;
      store.dispatch({ type: "saving", saving: false });
    });
    running.current = run;
    return run;
  };

  // A record whose id comes as a property after files were collected for it.
  const collected = useRef(entityId === undefined);
  const latestSave = useRef(save);
  latestSave.current = save;
  useEffect(() => {
    if (entityId === undefined || !collected.current) return;
    collected.current = false;
    // They were for the record that save() named; they must never go to another one.
    if (made.current !== undefined && made.current !== entityId)
      return store.dispatch({ type: "discarded" });
    if (store.get().files.some(({ status }) => status === "idle"))
      void latestSave.current(entityId);
  }, [entityId, store]);

  // Told once for each number, however often the page makes a new function to tell it to.
  const tell = useRef(onFileCountChange);
  tell.current = onFileCountChange;
  useEffect(() => {
    if (target && count !== undefined) tell.current?.(count);
  }, [target, count]);

  const isBusy = hasChanges || state.files.some(isUnderWay);
  useEffect(() => (isBusy ? holdPage() : undefined), [isBusy]);

  return {
    ...state,
    dispatch: store.dispatch,
    target,
    count,
    refusals,
    hasChanges: () => {
      const { files, marks } = store.get();
      return marks.length > 0 || files.some((one) => isOpen(one) || isUnderWay(one));
    },
    isChanged: hasChanges,
    /** Whether a file was being sent before, and is gone on with. */
    isResumed: (file: File) =>
      target !== undefined && isKept({ entityType, entityId: target, userId }, file),
    add: (files: File[]) =>
      store.dispatch({
        type: "added",
        files: files.map((file) => chosen(file, rules.categories[0] ?? "")),
      }),
    save,
    retry: (id: string) => {
      if (target) void carryOut(target, (one) => one === id);
    },
    cancel: uploader.cancel,
  };
}

/** Wait until no picture is being made smaller: it is saved as somebody wanted it. */
function shrunk({ get, subscribe }: Store<Pending, Action>): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (get().files.some(({ status }) => status === "loading")) return;
      stop();
      resolve();
    };
    const stop = subscribe(look);
    look();
  });
}

export type Manager = ReturnType<typeof useDocumentManager>;
