// SHA-256 (FIPS 180-4) piece by piece: the browser's own takes a file only whole, in memory, and
// only on https.

const PRIMES = firstPrimes(64);
const K = Int32Array.from(PRIMES, (prime) => fraction(Math.cbrt(prime)));
const START = Int32Array.from(PRIMES.slice(0, 8), (prime) => fraction(Math.sqrt(prime)));
const BLOCK = 64; // bytes

function firstPrimes(count: number): number[] {
  const found: number[] = [];
  for (let one = 2; found.length < count; one++)
    if (found.every((prime) => one % prime !== 0)) found.push(one);
  return found;
}

/** The first 32 bits behind the point. */
function fraction(value: number): number {
  return ((value - Math.floor(value)) * 2 ** 32) | 0;
}

const turn = (word: number, by: number) => (word >>> by) | (word << (32 - by));

/** The hash of bytes that come in pieces. */
export class Sha256 {
  #state = START.slice();
  #rest = new Uint8Array(BLOCK);
  #waiting = 0; // bytes in #rest
  #length = 0;
  #words = new Int32Array(64);

  /** Take the next piece. */
  update(piece: Uint8Array): this {
    this.#length += piece.length;
    let at = 0;
    if (this.#waiting > 0) {
      at = Math.min(BLOCK - this.#waiting, piece.length);
      this.#rest.set(piece.subarray(0, at), this.#waiting);
      this.#waiting += at;
      if (this.#waiting < BLOCK) return this;
      compress(this.#state, this.#words, new DataView(this.#rest.buffer), 0);
      this.#waiting = 0;
    }
    const view = new DataView(piece.buffer, piece.byteOffset, piece.byteLength);
    for (; at + BLOCK <= piece.length; at += BLOCK) compress(this.#state, this.#words, view, at);
    this.#rest.set(piece.subarray(at));
    this.#waiting = piece.length - at;
    return this;
  }

  /** Return the hash in hexadecimal; nothing can be added afterwards. */
  hex(): string {
    const bits = this.#length * 8;
    const end = new Uint8Array((this.#waiting < 56 ? 64 : 128) - this.#waiting);
    end[0] = 0x80;
    const view = new DataView(end.buffer);
    view.setUint32(end.length - 8, Math.floor(bits / 2 ** 32));
    view.setUint32(end.length - 4, bits >>> 0);
    this.update(end);
    return Array.from(this.#state, (word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
  }
}

/** One block of 64 bytes. Written out, as gigabytes go through here. */
function compress(state: Int32Array, w: Int32Array, view: DataView, at: number): void {
  for (let i = 0; i < 16; i++) w[i] = view.getInt32(at + 4 * i);
  for (let i = 16; i < 64; i++) {
    const early = w[i - 15] ?? 0;
    const late = w[i - 2] ?? 0;
    const s0 = turn(early, 7) ^ turn(early, 18) ^ (early >>> 3);
    const s1 = turn(late, 17) ^ turn(late, 19) ^ (late >>> 10);
    w[i] = ((w[i - 16] ?? 0) + s0 + (w[i - 7] ?? 0) + s1) | 0;
  }
  let a = state[0] ?? 0;
  let b = state[1] ?? 0;
  let c = state[2] ?? 0;
  let d = state[3] ?? 0;
  let e = state[4] ?? 0;
  let f = state[5] ?? 0;
  let g = state[6] ?? 0;
  let h = state[7] ?? 0;
  for (let i = 0; i < 64; i++) {
    const s1 = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25);
    const one = (h + s1 + ((e & f) ^ (~e & g)) + (K[i] ?? 0) + (w[i] ?? 0)) | 0;
    const s0 = turn(a, 2) ^ turn(a, 13) ^ turn(a, 22);
    const two = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + one) | 0;
    d = c;
    c = b;
    b = a;
    a = (one + two) | 0;
  }
  state[0] = (state[0] ?? 0) + a; // an Int32Array keeps the lower 32 bits
  state[1] = (state[1] ?? 0) + b;
  state[2] = (state[2] ?? 0) + c;
  state[3] = (state[3] ?? 0) + d;
  state[4] = (state[4] ?? 0) + e;
  state[5] = (state[5] ?? 0) + f;
  state[6] = (state[6] ?? 0) + g;
  state[7] = (state[7] ?? 0) + h;
}

/** Return the hash of a text. */
export const hashText = (text: string): string =>
  new Sha256().update(new TextEncoder().encode(text)).hex();
