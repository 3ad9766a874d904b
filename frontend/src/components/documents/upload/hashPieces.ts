import { Sha256 } from "./sha256";

const PIECE = 4 * 1024 * 1024; // bytes that are in memory at once

/** Return a file's SHA-256, reading it in pieces; `onRead` hears how many bytes are behind it. */
export async function hashPieces(file: Blob, onRead: (bytes: number) => void): Promise<string> {
  const hash = new Sha256();
  for (let at = 0; at < file.size; at += PIECE) {
    const piece = await file.slice(at, at + PIECE).arrayBuffer();
    hash.update(new Uint8Array(piece));
    onRead(Math.min(at + PIECE, file.size));
  }
  return hash.hex();
}
