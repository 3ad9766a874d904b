/** Something that a server waits for until the test lets it go on. */
export function held(): { wait: Promise<void>; go: () => void } {
  let go = () => {};
  const wait = new Promise<void>((resolve) => {
    go = resolve;
  });
  return { wait, go: () => go() };
}
