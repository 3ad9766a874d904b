import type { ApiError } from "@/api/problem";
import type { Picture } from "./drafts";

/** The server refused one picture; the message waits without having been sent. */
export class PictureError extends Error {
  constructor(
    readonly picture: Picture,
    readonly reason: ApiError,
  ) {
    super(reason.message, { cause: reason });
    this.name = "PictureError";
  }
}

/** What was begun before with other content has been sent meanwhile. */
export class SentBeforeError extends Error {}

/** What was begun is no draft any more, and nobody here has sent it. */
export class ChangedError extends Error {}
