/** Where somebody goes after signing in: a page of the app, or one of the Django admin. */
export type Next = { kind: "app" | "admin"; to: string };

const HOME: Next = { kind: "app", to: "/" };
const ENTRANCES = ["/sign-in", "/forgot-password", "/invite"];

/** Return the page that `next` names; anything that is none of this host's pages is home. */
export function safeNext(next: string | null): Next {
  // `//host` and `/\host` are other hosts to a browser, which also drops tabs and line ends.
  if (!next?.startsWith("/") || next.startsWith("//") || /[\\\t\r\n]/.test(next)) return HOME;
  let found: URL;
  try {
    found = new URL(next, window.location.origin);
  } catch {
    return HOME; // it is no address at all
  }
  if (found.origin !== window.location.origin) return HOME;
  const rest = found.search + found.hash;
  // The path as the browser understands it, so that `/x/..//host` is seen for what it is.
  const path = found.pathname.replace(/^\/app(?=\/|$)/, "") || "/";
  if (path.startsWith("//")) return HOME;
  if (path.startsWith("/admin/")) return { kind: "admin", to: path + rest };
  return ENTRANCES.some((one) => path.startsWith(one)) ? HOME : { kind: "app", to: path + rest };
}
