import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useCallback, useRef, useState } from "react";
import type { Schema } from "@/api/types";
import { useSession } from "@/app/session";
import { keys } from "../data/keys";
import {
  type Attempt,
  type Draft,
  EMPTY,
  type Picture,
  readDraft,
  readPictures,
  type Target,
  writeDraft,
  writePictures,
} from "./drafts";
import { checkPictures, type Refusal } from "./pictures";
import { ChangedError, newKey, SentBeforeError, sendMessage } from "./send";

type Change = Partial<Omit<Draft, "attempt">>;

/** What somebody writes to a target: kept over errors, other pages and reloads until it is sent. */
export function useReply(target: Target, onSent: (message: Schema<"Message">) => void) {
  const client = useQueryClient();
  const userId = useSession().me.user.id;
  const [draft, setDraft] = useState(() => readDraft(userId, target));
  const [pictures, setPictures] = useState(() => readPictures(userId, target));
  const [refused, setRefused] = useState<Refusal[]>([]);
  const [place, setPlace] = useState(0);
  const latest = useRef(draft);
  const busy = useRef(false);

  const store = useCallback(
    (next: Draft) => {
      latest.current = next;
      setDraft(next);
      writeDraft(userId, target, next);
    },
    [userId, target],
  );
  const keepPictures = (next: Picture[]) => {
    setPictures(next);
    writePictures(userId, target, next);
  };

  const mutation = useMutation({
    mutationFn: () =>
      sendMessage({
        target,
        draft: latest.current,
        pictures,
        remember: (attempt: Attempt) => store({ ...latest.current, attempt }),
        onPicture: setPlace,
      }),
    onSuccess: () => {
      store(EMPTY);
      keepPictures([]);
      setRefused([]);
    },
    onError: (error) => {
      // What was begun is settled; the next press begins anew.
      if (error instanceof ChangedError || error instanceof SentBeforeError) {
        store({ ...latest.current, attempt: null });
      }
    },
    onSettled: () => {
      busy.current = false;
      setPlace(0);
      void client.invalidateQueries({ queryKey: keys.all });
    },
  });

  return {
    draft,
    pictures,
    refused,
    /** Which picture is on its way, from 1; 0 while none is. */
    place,
    status: mutation.status,
    error: mutation.error,
    change: (fields: Change) => store({ ...latest.current, ...fields }),
    addPictures: (files: readonly File[]) => {
      const checked = checkPictures(pictures, files);
      setRefused(checked.refused);
      keepPictures([...pictures, ...checked.taken.map((file) => ({ id: newKey(), file }))]);
    },
    removePicture: (id: string) => {
      setRefused([]);
      keepPictures(pictures.filter((one) => one.id !== id));
    },
    send: () => {
      // Two presses within one moment are one, also before the button is drawn as disabled.
      if (busy.current) return;
      busy.current = true;
      // Whoever has gone to another page meanwhile is left there.
      mutation.mutate(undefined, { onSuccess: onSent });
    },
  };
}

export type Reply = ReturnType<typeof useReply>;
