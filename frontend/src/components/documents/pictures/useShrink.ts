import { notifications } from "@mantine/notifications";
import { useTranslation } from "react-i18next";
import type { Action, PendingFile } from "../pending";
import { ShrinkError, shrink } from "./shrink";

/** Make chosen pictures smaller, one after the other: each takes a lot of memory. */
export function useShrink(dispatch: (action: Action) => void) {
  const { t } = useTranslation("uploads");

  const one = async ({ id, file }: PendingFile) => {
    try {
      dispatch({ type: "replaced", id, file: await shrink(file), original: file });
    } catch (error) {
      const reason = error instanceof ShrinkError ? error.reason : "failed";
      notifications.show({ message: t(`smaller.${reason}`, { name: file.name }), color: "orange" });
      dispatch({ type: "replaced", id, file, original: null });
    }
  };

  return {
    shrink: async (files: PendingFile[]) => {
      for (const { id } of files) dispatch({ type: "shrinking", id });
      for (const file of files) await one(file);
    },
    undo: ({ id, original, file }: PendingFile) =>
      dispatch({ type: "replaced", id, file: original ?? file, original: null }),
  };
}
