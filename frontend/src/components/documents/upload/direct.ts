import { api, unwrap } from "@/api/client";
import { ApiError } from "@/api/problem";
import { backOff } from "@/api/queries";
import type { Document, Schema } from "@/api/types";
import { hashFile } from "./hashFile";
import type { KeyedJob } from "./job";
import { sendParts } from "./parts";
import { isSettled, pause, persistently } from "./persistently";
import { send } from "./send";

type Begun = Schema<"BegunUpload">;
type Stage = Pick<Schema<"DirectUpload">, "id" | "state">;

const PENDING = "pending";
const VERIFYING = "verifying";
const SENDINGS = 3; // times that bytes are sent when the server finds that some are missing

/** What became of a file: its document, or none to be seen where a scanner holds it back. */
export type Uploaded = { document: Document | null; state: string };

/**
 * Send a file straight to the store: announce it, send its bytes, have it completed.
 *
 * With a key that was used before, it goes on with that upload where it stopped.
 */
export async function uploadDirect(job: KeyedJob, isResumed: boolean): Promise<Uploaded> {
  const { file, signal, onProgress } = job;
  const onWait = () => onProgress("waiting", 0);
  onProgress("preparing", 0);
  const sha256 = await hashFile(file, {
    signal,
    onRead: (bytes) => onProgress("preparing", bytes),
  });
  const announce = () => persistently(() => begin(job, sha256), { signal, onWait });
  const begun = await announce();
  try {
    const done = await finished(job, begun, announce, isResumed);
    if (done.state !== "available") return { document: null, state: done.state };
    const path = { id: begun.id };
    const document = await persistently(
      () => unwrap(api.GET("/api/v1/files/{id}", { params: { path }, signal })),
      { signal, onWait },
    );
    return { document, state: document.state };
  } catch (error) {
    if (signal.aborted || isSettled(error)) await takeBack(begun.id);
    throw error;
  }
}

function begin({ target, file, details, key, signal }: KeyedJob, sha256: string): Promise<Begun> {
  return unwrap(
    api.POST("/api/v1/{slug}/{owner_id}/files/uploads", {
      params: {
        path: { slug: target.entityType, owner_id: target.entityId },
        header: { "Idempotency-Key": key },
      },
      body: {
        filename: file.name,
        size: file.size,
        sha256,
        description: details.description,
        category: details.category,
        document_date: details.documentDate || null,
      },
      signal,
    }),
  );
}

/** Send what the server has not yet, and have it completed; as often as it finds bytes missing. */
async function finished(
  job: KeyedJob,
  begun: Begun,
  announce: () => Promise<Begun>,
  isResumed: boolean,
): Promise<Stage> {
  if (begun.state !== PENDING) return completed(job, begun);
  // A form may have been sent before the page was loaded again; parts are asked for one by one.
  let mayBeThere = isResumed && begun.parts === null;
  for (let sent = 0; ; sent++) {
    if (!mayBeThere) await sendBytes(job, begun, announce);
    mayBeThere = false;
    try {
      return await completed(job, begun);
    } catch (error) {
      if (sent >= SENDINGS || !isMissing(error)) throw error;
    }
  }
}

const isMissing = (error: unknown): boolean =>
  error instanceof ApiError && ["not_uploaded", "parts_missing"].includes(error.code);

async function sendBytes(job: KeyedJob, begun: Begun, announce: () => Promise<Begun>) {
  const { file, signal, onProgress } = job;
  if (begun.parts !== null && begun.part_size !== null) {
    return sendParts({ ...job, id: begun.id, partSize: begun.part_size, parts: begun.parts });
  }
  let form = begun;
  await persistently(
    async () => {
      onProgress("sending", 0);
      try {
        await sendForm(job, form);
      } catch (error) {
        if (!(error instanceof ApiError && error.status === 403)) throw error;
        form = await announce(); // its link was over: the same upload with a new one
        await sendForm(job, form);
      }
    },
    { signal, onWait: () => onProgress("waiting", 0) },
  );
  onProgress("finishing", file.size);
}

async function sendForm({ file, signal, onProgress }: KeyedJob, { url, fields }: Begun) {
  if (url === null) return; // complete already
  const body = new FormData();
  for (const [name, value] of Object.entries(fields ?? {})) body.append(name, value);
  body.append("file", file, file.name);
  const onSent = (bytes: number) => onProgress("sending", Math.min(bytes, file.size));
  await send({ method: "POST", url, body, signal, onSent });
}

/** Have it completed and wait until the workers have read it, which takes minutes if it is large. */
async function completed({ file, signal, onProgress }: KeyedJob, { id }: Begun): Promise<Stage> {
  const params = { path: { id } };
  for (let asked = 0; ; asked++) {
    onProgress(asked === 0 ? "finishing" : "verifying", file.size);
    const stage = await persistently(
      () => unwrap(api.POST("/api/v1/files/{id}/complete", { params, signal })),
      { signal, onWait: () => onProgress("waiting", file.size) },
    );
    if (![PENDING, VERIFYING].includes(stage.state)) return stage;
    await pause(backOff(asked), signal);
  }
}

/**
 * Take back what was cancelled or refused, so that its place at the record is free at once.
 *
 * Where that fails the server gives it up by itself, and the same file would go on with it.
 */
async function takeBack(id: string): Promise<void> {
  const path = { id };
  await api
    .DELETE("/api/v1/files/{id}/upload", { params: { path }, keepalive: true })
    .catch(() => undefined);
}
