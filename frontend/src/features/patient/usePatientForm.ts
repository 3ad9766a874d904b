import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { api, unwrapWithTag } from "@/api/client";
import { ApiError } from "@/api/problem";
import type { Patient } from "@/api/types";
import { useErrorText } from "@/components/states";
import { state as atState, one } from "@/features/records/endpoints";
import { changesOf, withFields } from "@/features/records/form/changes";
import type { Tagged } from "@/features/records/kind";
import { bodyOf, type Draft, draftOf } from "./patientDraft";

const PATH = "/api/v1/patients/{id}";

type State =
  | { status: "idle" | "saving" }
  | { status: "failed"; message: string; fields: Record<string, string> }
  | { status: "conflict"; theirs: Tagged<Patient> };

/** What the form of a patient holds and does. */
export function usePatientForm(initial: Tagged<Patient>, onSaved: () => void) {
  const client = useQueryClient();
  const errorText = useErrorText();
  const [base, setBase] = useState(initial);
  const [draft, setDraft] = useState<Draft>(() => draftOf(initial.data));
  const [state, setState] = useState<State>({ status: "idle" });
  const busy = useRef(false);
  const gone = useRef(false);
  useEffect(() => {
    gone.current = false;
    return () => {
      gone.current = true;
    };
  }, []);
  const id = initial.data.id;
  const bodyOfPatient = (of: Tagged<Patient>) => bodyOf(draftOf(of.data));
  const mine = () => changesOf(bodyOfPatient(base), bodyOf(draft));

  const send = async (): Promise<Tagged<Patient> | null> => {
    const body = mine();
    if (Object.keys(body).length === 0) return base;
    try {
      return await unwrapWithTag(api.PATCH(PATH, { ...atState(id, base.etag), body }));
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 412) throw error;
      const theirs = await unwrapWithTag(api.GET(PATH, one(id)));
      const now = bodyOfPatient(theirs);
      // What was sent may have arrived although its answer did not.
      if (Object.keys(changesOf(now, { ...now, ...body })).length === 0) return theirs;
      setState({ status: "conflict", theirs });
      return null;
    }
  };
  const save = async () => {
    if (busy.current) return;
    busy.current = true;
    setState({ status: "saving" });
    try {
      const stored = await send();
      if (stored === null) return;
      setBase(stored);
      setDraft(draftOf(stored.data));
      setState({ status: "idle" });
      client.setQueryData(["patient", id], stored);
      void client.invalidateQueries({ queryKey: ["patients"] });
      // Whoever has left may be writing in another form by now.
      if (!gone.current) onSaved();
    } catch (error) {
      const fields = error instanceof ApiError ? error.fields : {};
      setState({ status: "failed", message: errorText(error), fields });
    } finally {
      busy.current = false;
    }
  };
  return {
    base,
    draft,
    state,
    save,
    errorOf: (name: string) => (state.status === "failed" ? state.fields[name] : undefined),
    set: (name: keyof Draft, value: string | boolean) =>
      setDraft((before) => ({ ...before, [name]: value })),
    isDirty: () => Object.keys(mine()).length > 0,
    myChanges: () => Object.keys(mine()),
    theirChanges: (theirs: Tagged<Patient>) =>
      Object.keys(changesOf(bodyOfPatient(base), bodyOfPatient(theirs))),
    takeOver: (theirs: Tagged<Patient>, keep: boolean) => {
      const now = draftOf(theirs.data);
      setDraft(keep ? withFields(now, draft, Object.keys(mine())) : now);
      setBase(theirs);
      setState({ status: "idle" });
    },
  };
}
