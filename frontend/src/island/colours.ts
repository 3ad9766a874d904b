import { useSyncExternalStore } from "react";

const page = () => document.documentElement;

function watch(changed: () => void): () => void {
  const observer = new MutationObserver(changed);
  observer.observe(page(), { attributes: true, attributeFilter: ["class"] });
  return () => observer.disconnect();
}

/** Light or dark, as the admin's own switch says. */
export function useAdminColours(): "light" | "dark" {
  return useSyncExternalStore(watch, () => (page().classList.contains("dark") ? "dark" : "light"));
}
