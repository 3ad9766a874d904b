import type { HashNews } from "./hash.worker";
import { hashPieces } from "./hashPieces";

type Options = { signal: AbortSignal; onRead: (bytes: number) => void };

/** Return a file's SHA-256; a worker does it, so that the page stays smooth. */
export async function hashFile(file: File, options: Options): Promise<string> {
  options.signal.throwIfAborted();
  const worker = startWorker();
  if (worker !== null) {
    const found = await askWorker(worker, file, options);
    if (found !== null) return found;
  }
  // Where no worker may run (an old browser, a strict page), it is done here, piece by piece.
  return hashPieces(file, (bytes) => {
    options.signal.throwIfAborted();
    options.onRead(bytes);
  });
}

function startWorker(): Worker | null {
  if (typeof Worker === "undefined") return null;
  try {
    return new Worker(new URL("./hash.worker.ts", import.meta.url), { type: "module" });
  } catch {
    return null; // the page's policy or the file's host forbids it
  }
}

/** Return null where the worker could not start; raise what kept the file from being read. */
function askWorker(worker: Worker, file: File, { signal, onRead }: Options) {
  return new Promise<string | null>((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    worker.onerror = () => resolve(null);
    worker.onmessage = ({ data }: MessageEvent<HashNews>) => {
      if ("read" in data) onRead(data.read);
      else if ("hash" in data) resolve(data.hash);
      else resolve(null); // reading it here says why, or works
    };
    worker.postMessage(file);
  }).finally(() => worker.terminate());
}
