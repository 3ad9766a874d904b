import { ApiError } from "@/api/problem";

/** Whether the server does not show something (any more): what is known of it is not shown either. */
export const isRefused = (error: unknown): error is ApiError =>
  error instanceof ApiError && (error.status === 403 || error.status === 404);

/** The session has ended: nothing is shown or sent here until they sign in again. */
export const isSignedOut = (error: unknown): boolean =>
  error instanceof ApiError && error.status === 401;
