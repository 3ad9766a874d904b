import { csrfToken } from "./csrf";
import { ApiError } from "./problem";

// A page is one person's, and what they do on it is sent for them alone: not for whoever has signed in
// in another tab since. Each login makes another CSRF token, so while the token is the one under which
// the server last said who is signed in, it is still them. Where it is another one, the server is asked
// first. And who signs in between that and the request makes its token a wrong one, which is refused.

type Seen = { userId: string | null; token: string };
type Owner = { userId: string; look: () => Promise<unknown> };

let seen: Seen | null = null;
let owner: Owner | null = null;
const listeners = new Set<() => void>();

const isFresh = (found: Seen | null): found is Seen =>
  found !== null && found.token === csrfToken();

/** Note who is signed in (null: nobody); `token` is the one from before the server was asked. */
export function noteSeen(userId: string | null, token: string): void {
  seen = { userId, token };
}

/** Have changes sent for this person only; `look` asks who it is. Returns how to end that. */
export function ownPage(userId: string, look: () => Promise<unknown>): () => void {
  const mine = { userId, look };
  owner = mine;
  return () => {
    if (owner === mine) owner = null;
  };
}

/** Wait until it is known that nobody else is signed in than whose page this is, or raise. */
export async function assureOwner(): Promise<void> {
  while (owner !== null && !isFresh(seen)) await owner.look();
  // Nobody at all: the server says so in its own words.
  if (owner !== null && seen !== null && seen.userId !== null && seen.userId !== owner.userId)
    throw new ApiError(401, { code: "somebody_else" });
}

/** The token with which the owner may send the page's own forms; null while it is not sure. */
export const ownersToken = (): string | null =>
  owner !== null && isFresh(seen) && seen.userId === owner.userId ? seen.token : null;

/** Be told when the server has refused something because nobody is signed in any more. */
export function onRefused(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function tellRefused(): void {
  for (const listener of listeners) listener();
}
