import { hashPieces } from "./hashPieces";

/** What the worker says: how far it is, then the hash, or why there is none. */
export type HashNews = { read: number } | { hash: string } | { failed: string };

self.onmessage = async ({ data }: MessageEvent<Blob>) => {
  const say = (news: HashNews) => self.postMessage(news);
  try {
    say({ hash: await hashPieces(data, (read) => say({ read })) });
  } catch (error) {
    say({ failed: String(error) });
  }
};
