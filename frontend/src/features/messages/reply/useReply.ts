import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import type { Schema } from "@/api/types";
import { useSession } from "@/app/session";
import { keys } from "../data/keys";
import { deliver } from "./deliver";
import {
  changeWritten,
  type Draft,
  type Picture,
  type Target,
  useWritten,
  WRITING,
  type Written,
} from "./drafts";
import { checkPictures, type Refusal } from "./pictures";
import { newKey } from "./send";
import { PictureError } from "./sendErrors";

type Change = Partial<Pick<Draft, "body" | "templateId" | "scheduledAt" | "joined">>;

/** What somebody writes to a target: kept over errors, other pages and reloads until it is sent. */
export function useReply(target: Target, onSent: (message: Schema<"Message">) => void) {
  const client = useQueryClient();
  const userId = useSession().me.user.id;
  const { draft, pictures, state } = useWritten(userId, target);
  const [refused, setRefused] = useState<Refusal[]>([]);
  const here = useRef(true);

  const change = (next: (now: Written) => Partial<Written>) => changeWritten(userId, target, next);
  const keepPictures = (next: readonly Picture[]) =>
    change((now) => ({ pictures: next, state: withoutPicture(now.state, next) }));

  useEffect(() => {
    here.current = true;
    // That something was sent is said to whoever is there at that moment.
    changeWritten(userId, target, (now) => (now.state.step === "sent" ? { state: WRITING } : {}));
    return () => {
      here.current = false;
    };
  }, [userId, target]);

  return {
    draft,
    pictures,
    refused,
    state,
    error: state.step === "failed" ? state.error : null,
    change: (fields: Change) =>
      change((now) => ({
        draft: { ...now.draft, ...fields },
        state: now.state.step === "sent" ? WRITING : now.state,
      })),
    addPictures: (files: readonly File[]) => {
      const checked = checkPictures(pictures, files);
      setRefused(checked.refused);
      keepPictures([...pictures, ...checked.taken.map((file) => ({ id: newKey(), file }))]);
    },
    removePicture: (id: string) => {
      setRefused([]);
      keepPictures(pictures.filter((one) => one.id !== id));
    },
    send: async () => {
      setRefused([]);
      const message = await deliver(userId, target);
      void client.invalidateQueries({ queryKey: keys.all });
      // Whoever has gone to another page meanwhile is left there.
      if (message && here.current) onSent(message);
    },
  };
}

export type Reply = ReturnType<typeof useReply>;

/** What is said of a picture goes with it. */
function withoutPicture(state: Written["state"], left: readonly Picture[]): Written["state"] {
  if (state.step === "sent") return WRITING;
  if (state.step !== "failed" || !(state.error instanceof PictureError)) return state;
  const { id } = state.error.picture;
  return left.some((one) => one.id === id) ? state : WRITING;
}
