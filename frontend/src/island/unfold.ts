/**
 * Keep the admin's own script from the manager's file fields. It looks for a text field beside each
 * one, to write the file's name there, and fails where there is none.
 *
 * Its observer is made when the page is complete, so that ours, made before, is asked first.
 */
export function keepFileFields(places: readonly HTMLElement[]): () => void {
  const mark = () => {
    for (const place of places) {
      for (const field of place.querySelectorAll("input[type=file]")) {
        Object.assign(field, { hasChangeListener: true }); // as that script marks what it knows
      }
    }
  };
  const observer = new MutationObserver(mark);
  for (const place of places) observer.observe(place, { childList: true, subtree: true });
  return () => observer.disconnect();
}
