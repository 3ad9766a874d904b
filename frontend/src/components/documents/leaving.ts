// Leaving the page is asked about while something on it is not saved, or is on its way.

const holders = new Set<symbol>();

function ask(event: BeforeUnloadEvent): void {
  event.preventDefault();
}

/** Whether something would be lost by leaving now. */
export const isHeld = (): boolean => holders.size > 0;

/** Have the browser ask before the page is left; returns how to let go. Twice is fine. */
export function holdPage(): () => void {
  const holder = Symbol("holder");
  if (holders.size === 0) window.addEventListener("beforeunload", ask);
  holders.add(holder);
  return () => {
    holders.delete(holder);
    if (holders.size === 0) window.removeEventListener("beforeunload", ask);
  };
}
