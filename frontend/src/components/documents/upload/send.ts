import { csrfToken } from "@/api/csrf";
import { assureOwner, tellRefused } from "@/api/owner";
import { ApiError, NetworkError } from "@/api/problem";

const SILENCE = 120_000; // ms without a byte or an answer, after which the connection is dead

export type Sending = {
  method: "POST" | "PUT";
  url: string;
  body: FormData | Blob;
  headers?: Record<string, string>;
  signal: AbortSignal;
  /** Bytes of the body that have left so far. */
  onSent: (bytes: number) => void;
};

/**
 * Send a body by XMLHttpRequest, which alone tells how much of it has left; return the JSON.
 *
 * Raises `ApiError`, `NetworkError` (nobody knows whether it arrived), or the signal's reason.
 */
export function send({ method, url, body, headers = {}, signal, onSent }: Sending) {
  return new Promise<unknown>((resolve, reject) => {
    signal.throwIfAborted();
    const request = new XMLHttpRequest();
    let silence: ReturnType<typeof setTimeout> | undefined;
    const isOver = (end: () => void) => {
      clearTimeout(silence);
      signal.removeEventListener("abort", stop);
      end();
    };
    const listen = () => {
      clearTimeout(silence);
      silence = setTimeout(() => {
        request.abort();
        isOver(() => reject(new NetworkError("silence")));
      }, SILENCE);
    };
    const stop = () => {
      request.abort();
      isOver(() => reject(signal.reason));
    };
    signal.addEventListener("abort", stop);
    request.open(method, url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded }) => {
      listen(); // not before: a browser keeps requests waiting while others take the line
      onSent(loaded);
    };
    request.onerror = () => isOver(() => reject(new NetworkError()));
    request.onload = () =>
      isOver(() => {
        const answer = parsed(request.responseText);
        if (request.status >= 200 && request.status < 300) resolve(answer);
        else if (request.status === 0) reject(new NetworkError());
        else {
          if (request.status === 401) tellRefused();
          reject(new ApiError(request.status, isRecord(answer) ? answer : {}));
        }
      });
    request.send(body);
  });
}

/** The headers of a change at our own server, for whose page this is. */
export async function ownHeaders(key: string): Promise<Record<string, string>> {
  await assureOwner();
  return {
    Accept: "application/json",
    "Idempotency-Key": key,
    "X-CSRFToken": csrfToken(),
  };
}

function isRecord(found: unknown): found is Record<string, unknown> {
  return found !== null && typeof found === "object";
}

/** A proxy's or a store's own pages are no JSON; their status says enough. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
