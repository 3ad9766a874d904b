import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { setFileCount } from "./counts";
import type { Saved } from "./types";
import type { Target } from "./upload/job";

type Options = { count: number | undefined; onError: ((message: string) => void) | undefined };

/** Return what is done when files were saved: lists and counts are right, and people are told. */
export function useSaved({ count, onError }: Options) {
  const { t } = useTranslation("uploads");
  const client = useQueryClient();

  return ({ entityType, entityId }: Target, { uploaded, deleted, failed }: Saved) => {
    const change = uploaded.length - deleted.length;
    if (count !== undefined && change !== 0)
      setFileCount(client, entityType, entityId, Math.max(0, count + change));
    // Also where all has failed: what is not known to have arrived may be there.
    // And in lists of more than this record.
    void client.invalidateQueries({ queryKey: ["files"] });
    void client.invalidateQueries({ queryKey: ["file-counts", entityType] });
    const done = [
      uploaded.length > 0 && t("toast.uploaded", { count: uploaded.length }),
      deleted.length > 0 && t("toast.deleted", { count: deleted.length }),
    ].filter(Boolean);
    if (done.length > 0) notifications.show({ message: done.join(" "), color: "green" });
    if (failed.length > 0) {
      const message = t("toast.failed", { count: failed.length, names: failed.join(", ") });
      notifications.show({ message, color: "red" });
      onError?.(message);
    }
  };
}
