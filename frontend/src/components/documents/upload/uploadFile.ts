import { ApiError } from "@/api/problem";
import type { Uploaded } from "./direct";
import type { Job } from "./job";
import { forgetKey, isKept, keyFor } from "./keys";
import { uploadOrdinary } from "./ordinary";
import { isSettled } from "./persistently";

const MB = 1024 * 1024;
/** Larger files go straight to the store, and can be gone on with. */
export const ORDINARY_UP_TO = 20 * MB;

const THERE = ["available", "quarantined"]; // states of a document that has just arrived

/**
 * Upload a file to a record, exactly once.
 *
 * Raises `ApiError` for a refusal, `NetworkError` when nobody knows whether it arrived (called
 * again, it finds out), or the signal's reason.
 */
export async function uploadFile(job: Job, ordinaryUpTo = ORDINARY_UP_TO): Promise<Uploaded> {
  // A file that was moved or changed since it was chosen says so here, not as a lost connection.
  await job.file.slice(0, 1).arrayBuffer();
  for (let again = false; ; again = true) {
    try {
      const uploaded = await uploadWithKey(job, ordinaryUpTo);
      forgetKey(job.target, job.file);
      // The key was of an upload that has been deleted since: this is another one.
      if (THERE.includes(uploaded.state) || again) return uploaded;
    } catch (error) {
      if (isSettled(error)) forgetKey(job.target, job.file);
      // The same name, size and time, but other bytes than the key was for.
      if (!isKeyUsed(error) || again) throw error;
    }
  }
}

async function uploadWithKey(job: Job, ordinaryUpTo: number): Promise<Uploaded> {
  const isResumed = isKept(job.target, job.file);
  const keyed = { ...job, key: keyFor(job.target, job.file) };
  if (job.file.size > ordinaryUpTo) {
    // Fetched when first needed: most files are small.
    const { uploadDirect } = await import("./direct");
    return uploadDirect(keyed, isResumed);
  }
  const document = await uploadOrdinary(keyed);
  return { document, state: document.state };
}

const isKeyUsed = (error: unknown): boolean =>
  error instanceof ApiError && error.code === "idempotency_key_used";
