/** Return the address that another page handed on with the navigation, to be filled in. */
export function emailOf(state: unknown): string {
  if (state === null || typeof state !== "object" || !("email" in state)) return "";
  return typeof state.email === "string" ? state.email : "";
}

/** Return what somebody has done just now that they are told of when they sign in. */
export function cameFrom(state: unknown): "changed" | "accepted" | null {
  if (state === null || typeof state !== "object") return null;
  if ("changed" in state) return "changed";
  return "accepted" in state ? "accepted" : null;
}
