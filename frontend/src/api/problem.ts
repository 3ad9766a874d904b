import type { components } from "./schema";

export type Problem = components["schemas"]["Problem"];

/** An answer of the API that is none of the good ones; `fields` are messages by field. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly fields: Record<string, string>;
  /** The whole body: some problems say more (`missing`, `pages`). */
  readonly body: Record<string, unknown>;

  constructor(status: number, body: Partial<Problem> & Record<string, unknown>) {
    super(body.detail || body.title || `HTTP ${status}`);
    this.name = "ApiError";
    this.status = status;
    this.code = body.code ?? "error";
    this.fields = Object.fromEntries((body.errors ?? []).map((one) => [one.field, one.message]));
    this.body = body;
  }
}

/** The request did not get through, or its answer did not: nobody knows whether it was done. */
export class NetworkError extends Error {
  constructor(cause?: unknown) {
    super("network", { cause });
    this.name = "NetworkError";
  }
}

export const isAborted = (error: unknown): boolean =>
  error instanceof DOMException && error.name === "AbortError";

/** Whether what was asked for is not there, or not any more; what is not open to one answers alike. */
export const isGone = (error: unknown): boolean =>
  error instanceof ApiError && (error.status === 404 || error.status === 410);

/** Statuses after which the very same request may be sent again. */
const PASSING = new Set([408, 425, 429, 502, 503, 504]);

export const mayPass = (error: unknown): boolean =>
  error instanceof NetworkError || (error instanceof ApiError && PASSING.has(error.status));

/** Statuses of a server in between: what stands behind it may have done all that was asked. */
const UNSURE = new Set([408, 502, 504]);

/** Whether nobody knows if it was done: sent again blindly, it might be there twice. */
export const isUnsure = (error: unknown): boolean =>
  error instanceof NetworkError || (error instanceof ApiError && UNSURE.has(error.status));
