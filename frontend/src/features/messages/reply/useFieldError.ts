import { ApiError } from "@/api/problem";

/** Return what the server has against one field of what was sent. */
export function useFieldError(error: unknown): (field: string) => string | undefined {
  return (field) => (error instanceof ApiError ? error.fields[field] : undefined);
}
