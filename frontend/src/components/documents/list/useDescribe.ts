import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, unwrap } from "@/api/client";
import type { Document } from "@/api/types";
import { useHold } from "@/components/LeaveGuard";
import type { FilesChange } from "./types";
import { putIn } from "./useFiles";

export type Description = { description: string; category: string; document_date: string };

const descriptionOf = (one: Document): Description => ({
  description: one.description ?? "",
  category: one.category,
  document_date: one.document_date ?? "",
});

/** What is said of a document: typed, sent, and kept when it could not be saved. */
export function useDescribe(
  document: Document,
  onDone: () => void,
  onChanged?: (change: FilesChange) => void,
) {
  const { t } = useTranslation("files");
  const client = useQueryClient();
  const [values, setValues] = useState(() => descriptionOf(document));

  useHold(() => {
    const before = descriptionOf(document);
    return (
      values.description !== before.description ||
      values.category !== before.category ||
      values.document_date !== before.document_date
    );
  });

  const mutation = useMutation({
    mutationFn: () =>
      unwrap(
        api.PATCH("/api/v1/files/{id}", {
          params: { path: { id: document.id } },
          body: { ...values, document_date: values.document_date || null },
        }),
      ),
    onSuccess: (changed) => {
      putIn(client, changed);
      // Where it stands in a filtered or sorted list may be another place now.
      void client.invalidateQueries({ queryKey: ["files"], refetchType: "none" });
      onChanged?.({ kind: "described", documents: [changed] });
      notifications.show({ message: t("edit.saved", { name: changed.file_name }) });
      onDone();
    },
  });

  return {
    values,
    set: (over: Partial<Description>) => setValues((before) => ({ ...before, ...over })),
    save: () => {
      if (!mutation.isPending) mutation.mutate();
    },
    status: mutation.status,
    error: mutation.error,
  };
}
