import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import { useSession } from "@/app/session";
import { moveDraft } from "../reply/moveDraft";
import { keys } from "./keys";

type Giving = { patientId: string /** Whose it was when they looked. */; from: string | null };

/** Give a conversation to a patient; the answer is the one that has its messages now. */
export function useAssign(id: string) {
  const client = useQueryClient();
  const { me } = useSession();
  return useMutation({
    mutationFn: ({ patientId, from }: Giving) =>
      unwrap(
        api.POST("/api/v1/conversations/{id}/assign", {
          params: { path: { id } },
          body: { patient_id: patientId, from_patient_id: from },
        }),
      ),
    onSuccess: (given) => {
      moveDraft(me.user.id, { kind: "conversation", id }, { kind: "conversation", id: given.id });
      client.setQueryData(keys.one(given.id), given);
      void client.invalidateQueries({ queryKey: ["conversations", "list"] });
      void client.invalidateQueries({ queryKey: keys.unread });
      void client.invalidateQueries({ queryKey: keys.thread(given.id) });
    },
    // Somebody else may have given it away meanwhile.
    onError: () => client.invalidateQueries({ queryKey: keys.one(id) }),
  });
}
