import { notifications } from "@mantine/notifications";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, unwrap } from "@/api/client";
import { ApiError, mayPass, NetworkError } from "@/api/problem";
import type { Schema } from "@/api/types";
import { useMember } from "@/app/session";
import { useErrorText } from "@/components/states";
import { check, DOUBLE_CLICK, saveBlob, saveLink } from "../download";
import type { Status } from "../types";

type Archive = Schema<"ArchiveFile">;
type Choice = { ids: string[] } | { patient: string };

const WAITS = [1_000, 2_000, 4_000, 8_000]; // then the last again and again
const LONGEST = 2 * 60 * 60 * 1_000;
const FAULTS = 5; // one after the other, before we stop asking

/** Ask for documents as one ZIP. A small one comes at once; a large one is made by a job. */
export function useArchive() {
  const { t } = useTranslation("files");
  const errorText = useErrorText();
  const abilities = useMember()?.abilities ?? [];
  const seesJobs = ["jobs.view", "jobs.own"].some((one) => abilities.includes(one));
  const [status, setStatus] = useState<Status>("idle");
  const running = useRef(false);

  async function start(choice: Choice): Promise<void> {
    if (running.current) return;
    running.current = true;
    setStatus("loading");
    const toast = notifications.show({
      title: t("zip.title"),
      message: t("zip.asking"),
      loading: true,
      autoClose: false,
    });
    const tell = (message: string, color?: "red" | "yellow") =>
      notifications.update({
        id: toast,
        title: t("zip.title"),
        message,
        color,
        loading: false,
        autoClose: color ? false : 6_000,
      });
    try {
      tell(...(await make(choice, toast)));
      setStatus("done");
    } catch (error) {
      tell(explain(error), "red");
      setStatus("error");
    } finally {
      window.setTimeout(() => {
        running.current = false;
      }, DOUBLE_CLICK);
    }
  }

  async function make(choice: Choice, toast: string): Promise<Said> {
    const { error, response } = await api.POST("/api/v1/files/archive", {
      body: choice,
      parseAs: "stream", // a ZIP is not to be read as JSON
    });
    if (!response.ok) throw new ApiError(response.status, { ...error });
    if (response.status !== 202) {
      saveBlob(await whole(response), nameIn(response));
      return [t("zip.ready")];
    }
    const ordered: Archive = await response.json();
    return await follow(ordered, toast);
  }

  async function follow(ordered: Archive, toast: string): Promise<Said> {
    let archive = ordered;
    let faults = 0;
    const begun = Date.now();
    for (let round = 0; archive.state === "making"; round++) {
      if (Date.now() - begun > LONGEST) return [t("zip.slow"), "yellow"];
      notifications.update({ id: toast, title: t("zip.title"), message: await progress(archive) });
      await pause(WAITS[Math.min(round, WAITS.length - 1)]);
      try {
        archive = await ask(archive.id);
        faults = 0;
      } catch (error) {
        if (!mayPass(error) || ++faults >= FAULTS) throw error;
      }
    }
    return await fetchIt(archive);
  }

  async function fetchIt(archive: Archive): Promise<Said> {
    if (archive.state !== "ready" || !archive.download) return [t("zip.failed"), "red"];
    const found = await check(archive.download);
    if (found !== "ready") return [t(`download.${found}`), "red"];
    saveLink(archive.download);
    return archive.complete ? [t("zip.ready")] : [t("zip.incomplete"), "yellow"];
  }

  /** How far its job is, for who may look at jobs; for others how many documents it has. */
  async function progress({ job, documents }: Archive): Promise<string> {
    // Without an answer the number of documents does as well.
    const params = { path: { id: job ?? "" } };
    const asked =
      !job || !seesJobs ? null : api.GET("/api/v1/jobs/{id}", { params }).catch(() => null);
    const counts = (await asked)?.data?.counts;
    if (!counts?.total) return t("zip.making", { count: documents });
    return t("zip.progress", { done: counts.done, total: counts.total });
  }

  function explain(error: unknown): string {
    return error instanceof ApiError && error.status === 404 ? t("zip.gone") : errorText(error);
  }

  return { start, status };
}

type Said = [message: string, color?: "red" | "yellow"];

const ask = (id: string) => unwrap(api.GET("/api/v1/archives/{id}", { params: { path: { id } } }));

/** Return all of it; one that broke off is no ZIP, and is told like any lost connection. */
const whole = (response: Response) =>
  response.blob().catch((cause: unknown) => {
    throw new NetworkError(cause);
  });

const pause = (time = 0) => new Promise((resolve) => window.setTimeout(resolve, time));

/** Return the server's name for what it sent. */
function nameIn(response: Response): string {
  const said = response.headers.get("Content-Disposition") ?? "";
  return said.match(/filename="([^"]+)"/)?.[1] ?? "documents.zip";
}
