import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, unwrap } from "@/api/client";
import type { Document, Schema } from "@/api/types";
import { changeFileCount } from "../counts";
import type { FilesChange } from "./types";
import { takeOut } from "./useFiles";

export type BulkKind = "delete" | "restore";
export type Refused = { document: Document; reason: string };
type Outcome = { done: Document[]; refused: Refused[] };

const MOST = 1_000; // ids in one request

/** Delete or restore documents; the server says of each what became of it. */
export function useBulk(kind: BulkKind, onChanged?: (change: FilesChange) => void) {
  const { t } = useTranslation("files");
  const client = useQueryClient();
  const [open, setOpen] = useState(false);
  const [asked, setAsked] = useState<Document[]>([]);

  const mutation = useMutation({
    mutationFn: (documents: Document[]) => carryOut(kind, documents),
    onSuccess: ({ done, refused }) => {
      if (done.length > 0) {
        takeOut(
          client,
          kind === "delete" ? "records" : "trash",
          done.map(({ id }) => id),
        );
        for (const one of done) {
          changeFileCount(client, one.entity_type, one.entity_id, kind === "delete" ? -1 : 1);
        }
        onChanged?.({ kind: kind === "delete" ? "deleted" : "restored", documents: done });
        notifications.show({ message: t(`${kind}.done`, { count: done.length }) });
      }
      if (refused.length === 0) setOpen(false);
    },
    // Nobody knows what was done before it broke off.
    onError: () => {
      void client.invalidateQueries({ queryKey: ["files"] });
      void client.invalidateQueries({ queryKey: ["file-counts"] });
    },
  });

  return {
    kind,
    open,
    asked,
    ask: (documents: Document[]) => {
      mutation.reset();
      setAsked(documents);
      setOpen(true);
    },
    run: (documents: Document[]) => {
      if (!mutation.isPending) mutation.mutate(documents);
    },
    close: () => setOpen(false),
    status: mutation.status,
    refused: mutation.data?.refused ?? [],
    error: mutation.error,
  };
}

export type Bulk = ReturnType<typeof useBulk>;

async function carryOut(kind: BulkKind, documents: Document[]): Promise<Outcome> {
  const byId = new Map(documents.map((one) => [one.id, one]));
  const outcome: Outcome = { done: [], refused: [] };
  for (let at = 0; at < documents.length; at += MOST) {
    const ids = documents.slice(at, at + MOST).map(({ id }) => id);
    for (const answer of await send(kind, ids)) {
      const document = byId.get(answer.id);
      if (!document) continue;
      if (answer.state === null) outcome.refused.push({ document, reason: answer.detail });
      else outcome.done.push(document);
    }
  }
  return outcome;
}

async function send(kind: BulkKind, ids: string[]): Promise<Schema<"Answer">[]> {
  const path = kind === "delete" ? "/api/v1/files/bulk-delete" : "/api/v1/files/bulk-restore";
  return (await unwrap(api.POST(path, { body: { ids } }))).results;
}
