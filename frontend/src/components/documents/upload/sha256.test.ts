import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { hashFile } from "./hashFile";
import { hashText, Sha256 } from "./sha256";

const known = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

test("the examples of the standard", () => {
  expect(hashText("")).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  expect(hashText("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
});

test("every length around a block, in pieces of any size", () => {
  for (let length = 0; length < 200; length++) {
    const bytes = Uint8Array.from({ length }, (_, at) => (at * 31 + length) % 256);
    const hash = new Sha256();
    for (let at = 0; at < length; at += 1 + (length % 70))
      hash.update(bytes.subarray(at, at + 1 + (length % 70)));
    expect(hash.hex()).toBe(known(bytes));
  }
});

test("a file is hashed where no worker can run, and can be stopped", async () => {
  const bytes = new Uint8Array(5 * 1024 * 1024).fill(3);
  const file = new File([bytes], "big.bin");
  const read: number[] = [];
  const options = { signal: new AbortController().signal, onRead: (at: number) => read.push(at) };
  expect(await hashFile(file, options)).toBe(known(bytes));
  expect(read).toEqual([4 * 1024 * 1024, 5 * 1024 * 1024]);
  await expect(hashFile(file, { ...options, signal: AbortSignal.abort() })).rejects.toThrow();
});
