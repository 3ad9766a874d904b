import { notifications } from "@mantine/notifications";
import { useCallback, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Document } from "@/api/types";
import type { Status } from "./types";

type Wanted = Pick<Document, "id" | "download_url" | "file_name">;
type Checked =
  | "ready"
  | "forbidden"
  | "gone"
  | "expired"
  | "making"
  | "away"
  | "signedOut"
  | "failed";

const REASONS: Record<number, Checked> = {
  401: "signedOut",
  403: "forbidden",
  404: "gone",
  409: "making",
  410: "expired",
  502: "away",
  503: "away",
  504: "away",
};

/** Milliseconds in which nobody wants the same file twice. */
export const DOUBLE_CLICK = 1_000;

/**
 * Ask whether the bytes are to be had, without having them.
 *
 * The link that follows tells a page nothing, and would show the server's problem as a new page.
 */
export async function check(url: string): Promise<Checked | "offline"> {
  try {
    // A store answers for the method that its link was made for, so nobody follows the link here.
    const answer = await window.fetch(url, {
      method: "HEAD",
      credentials: "same-origin",
      redirect: "manual",
    });
    if (answer.ok || answer.type === "opaqueredirect") return "ready";
    return REASONS[answer.status] ?? "failed";
  } catch {
    return "offline";
  }
}

/** Let the browser save what is at an address: it writes to disk what a page would hold in memory. */
export function saveLink(url: string, name = ""): void {
  const link = document.createElement("a");
  link.href = url;
  link.download = name; // the server's own name, where it sends one
  link.hidden = true;
  document.body.append(link);
  link.click();
  link.remove();
}

/** Save what the page holds already. */
export function saveBlob(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  saveLink(url, name);
  window.setTimeout(() => URL.revokeObjectURL(url), 60_000); // the browser has begun by then
}

/** Download documents: `download(document)`, and what became of it by the document's id. */
export function useFileDownload() {
  const { t } = useTranslation("files");
  const [status, setStatus] = useState<Record<string, Status>>({});
  const running = useRef(new Set<string>());

  const download = useCallback(
    async ({ id, download_url, file_name }: Wanted): Promise<void> => {
      if (running.current.has(id)) return; // a double click
      running.current.add(id);
      setStatus((all) => ({ ...all, [id]: "loading" }));
      const found = await check(download_url);
      const rest = found === "ready" ? DOUBLE_CLICK : 0;
      window.setTimeout(() => running.current.delete(id), rest);
      setStatus((all) => ({ ...all, [id]: found === "ready" ? "done" : "error" }));
      if (found === "ready") {
        saveLink(download_url, file_name);
        return;
      }
      notifications.show({
        color: "red",
        title: t("notDownloaded", { name: file_name }),
        message: t(`download.${found}`),
        autoClose: 10_000,
      });
    },
    [t],
  );
  return { download, status };
}
