// The one place that knows what would be lost by leaving the page: what is typed, what is chosen, what
// is on its way. The browser asks before the page is left, signing out asks, and a session that runs
// out keeps the page for as long as anything is held here.

type Holder = { isDirty: () => boolean };

const holders = new Set<Holder>();

/** Whether something would be lost by leaving now. */
export const isHeld = (): boolean => [...holders].some((one) => one.isDirty());

function ask(event: BeforeUnloadEvent): void {
  if (isHeld()) event.preventDefault();
}

/**
 * Hold the page for as long as `isDirty` says so (always, where it is left out); returns how to let
 * go. Twice is fine.
 */
export function holdPage(isDirty: () => boolean = () => true): () => void {
  const holder: Holder = { isDirty };
  if (holders.size === 0) window.addEventListener("beforeunload", ask);
  holders.add(holder);
  return () => {
    holders.delete(holder);
    if (holders.size === 0) window.removeEventListener("beforeunload", ask);
  };
}

/** Load another page without being asked once more: they agreed to lose what is held, or must. */
export function leavePage(address: string): void {
  holders.clear();
  window.removeEventListener("beforeunload", ask);
  window.location.assign(address);
}
