/** Tell whether two values of a body are the same when they are sent. */
const same = (one: unknown, other: unknown): boolean =>
  JSON.stringify(one) === JSON.stringify(other);

/** Return the part of a body that differs from another. */
export function changesOf<B extends object>(before: B, after: B): Partial<B> {
  const found: Partial<B> = {};
  for (const key in after) if (!same(before[key], after[key])) found[key] = after[key];
  return found;
}

/** Put the named fields of one draft over another. */
export function withFields<D extends object>(under: D, over: D, names: string[]): D {
  const merged = { ...under };
  for (const key in over) if (names.includes(key)) merged[key] = over[key];
  return merged;
}
