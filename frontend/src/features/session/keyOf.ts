/** Return the key of an e-mailed link: behind `#`, which no server sees, or in the query. */
export function keyOf({ hash, search }: { hash: string; search: string }): string {
  const behind = hash.slice(1);
  const named = new URLSearchParams(behind).get("key") ?? new URLSearchParams(search).get("key");
  return named ?? (behind.includes("=") ? "" : behind);
}
