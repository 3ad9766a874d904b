import { ApiError, isAborted, mayPass } from "@/api/problem";
import { backOff } from "@/api/queries";

const ATTEMPTS = 9; // about a minute; while the browser says that it is offline none is counted

type Options = { signal: AbortSignal; onWait?: () => void };

/** Whether the very same request may be sent again: nothing of what it says is refused. */
export const passes = (error: unknown): boolean =>
  mayPass(error) || (error instanceof ApiError && error.code === "busy");

/** Refusals of whoever asks, or of the moment; the file itself may have arrived before. */
const SAYS_NOTHING = [401, 403, 404, 408, 425, 429];

/** Whether it is known that this upload is no document and will be none. */
export const isSettled = (error: unknown): boolean =>
  error instanceof ApiError &&
  error.status < 500 &&
  !passes(error) &&
  !SAYS_NOTHING.includes(error.status);

/** Do what may be done twice until it works, or is refused, or has failed too often. */
export async function persistently<T>(
  task: () => Promise<T>,
  { signal, onWait }: Options,
): Promise<T> {
  for (let failed = 0; ; ) {
    signal.throwIfAborted();
    try {
      return await task();
    } catch (error) {
      if (isAborted(error) || signal.aborted || !passes(error)) throw error;
      if (navigator.onLine !== false) failed += 1;
      if (failed >= ATTEMPTS) throw error;
      onWait?.();
      await pause(navigator.onLine === false ? null : backOff(failed - 1), signal);
    }
  }
}

/** Wait some milliseconds (null: for ever), but no longer than until the network is back. */
export function pause(time: number | null, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const timer = time === null ? undefined : setTimeout(() => end(resolve), time);
    const isBack = () => end(resolve);
    const stop = () => end(() => reject(signal.reason));
    const end = (then: () => void) => {
      clearTimeout(timer);
      window.removeEventListener("online", isBack);
      signal.removeEventListener("abort", stop);
      then();
    };
    window.addEventListener("online", isBack);
    signal.addEventListener("abort", stop);
  });
}
