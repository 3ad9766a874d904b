import { useEffect } from "react";
import { Navigate } from "react-router";
import { LoadingState } from "@/components/states";
import type { Next } from "./next";

/** Take somebody who is signed in to where they wanted. */
export function GoOn({ next }: { next: Next }) {
  useEffect(() => {
    if (next.kind === "admin") window.location.assign(next.to);
  }, [next]);
  return next.kind === "admin" ? <LoadingState /> : <Navigate to={next.to} replace />;
}
