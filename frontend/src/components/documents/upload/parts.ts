import { api, unwrap } from "@/api/client";
import { ApiError, NetworkError } from "@/api/problem";
import type { KeyedJob } from "./job";
import { persistently } from "./persistently";
import { makeQueue } from "./queue";
import { send } from "./send";

const AT_ONCE = 4;
const LOT = 40; // parts whose links are asked for together: the server gives 100, and they live an hour

type Parts = KeyedJob & { id: string; partSize: number; parts: number };
type Links = Map<number, string>;

/** Send those parts of a file that the store has not, several at once, each as often as needed. */
export async function sendParts(job: Parts): Promise<void> {
  const { id, file, parts, signal, onProgress } = job;
  const sent = new Map<number, number>(); // bytes by part
  const report = () => {
    const bytes = [...sent.values()].reduce((sum, one) => sum + one, 0);
    onProgress("sending", Math.min(bytes, file.size));
  };
  for (const [number, size] of await arrived(id, job)) sent.set(number, size);
  report();
  const missing = Array.from({ length: parts }, (_, at) => at + 1).filter(
    (number) => sent.get(number) !== sliceOf(job, number).size,
  );
  // When one has failed for good the others are stopped; what has arrived stays for the retry.
  const others = new AbortController();
  const both = AbortSignal.any([signal, others.signal]);
  for (let at = 0; at < missing.length; at += LOT) {
    const lot = missing.slice(at, at + LOT);
    const links = await sign(id, lot, { ...job, signal: both });
    const queue = makeQueue(AT_ONCE);
    const onSent = (number: number) => (bytes: number) => {
      sent.set(number, bytes);
      report();
    };
    try {
      await Promise.all(
        lot.map((number) =>
          queue(() => sendPart({ ...job, signal: both }, links, number, onSent(number))),
        ),
      );
    } catch (error) {
      others.abort();
      throw error;
    }
  }
}

/** The part's bytes; the last one has the rest. */
const sliceOf = ({ file, partSize }: Parts, number: number): Blob =>
  file.slice((number - 1) * partSize, number * partSize);

async function sendPart(job: Parts, links: Links, number: number, onSent: (bytes: number) => void) {
  const { id, signal } = job;
  const body = sliceOf(job, number);
  await persistently(
    async () => {
      try {
        const url = links.get(number) ?? "";
        await send({ method: "PUT", url, body, signal, onSent });
      } catch (error) {
        onSent(0);
        if (!(error instanceof ApiError)) throw error;
        // Refused: some stores take a part only once, and a link lives an hour.
        if ((await arrived(id, job)).get(number) === body.size) return;
        if (error.status !== 403) throw error;
        const renewed = await sign(id, [number], job);
        links.set(number, renewed.get(number) ?? "");
        throw new NetworkError(error); // once more, with the new link
      }
    },
    { signal, onWait: () => undefined }, // the other parts go on meanwhile
  );
  onSent(body.size);
}

async function arrived(id: string, { signal, onProgress }: Parts): Promise<Map<number, number>> {
  const params = { path: { id } };
  const found = await persistently(
    () => unwrap(api.GET("/api/v1/files/{id}/parts", { params, signal })),
    { signal, onWait: () => onProgress("waiting", 0) },
  );
  return new Map(found.arrived.map(({ number, size }) => [number, size]));
}

async function sign(id: string, numbers: number[], { signal, onProgress }: Parts): Promise<Links> {
  const params = { path: { id } };
  const found = await persistently(
    () => unwrap(api.POST("/api/v1/files/{id}/parts", { params, body: { numbers }, signal })),
    { signal, onWait: () => onProgress("waiting", 0) },
  );
  return new Map(found.parts.map(({ number, url }) => [number, url]));
}
