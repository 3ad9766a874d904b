import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "@/api/problem";
import type { BaseDraft, BaseRecord, Kind } from "../kind";

/** Messages beside fields: the server's own, and of those that are not filled in. */
export function useFieldErrors<R extends BaseRecord, D extends BaseDraft, B>(
  kind: Kind<R, D, B>,
  draft: D,
) {
  const { t } = useTranslation("records");
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [refusals, setRefusals] = useState(0);
  const refuse = (found: Record<string, string>) => {
    setErrors(found);
    if (Object.keys(found).length > 0) setRefusals((before) => before + 1);
  };
  const known = new Set<string>(["patient_id", ...kind.fields.map((field) => field.name)]);
  const isKnown = (path: string) => known.has(path.split(".")[0] ?? "");

  return {
    /** Counts up with each refusal, so that a form knows when to show the first field of it. */
    refusals,
    of: (path: string): string | undefined => errors[path],
    clear: () => setErrors({}),
    forget: (names: string[]) =>
      setErrors((before) =>
        Object.fromEntries(
          Object.entries(before).filter(([path]) => !names.includes(path.split(".")[0] ?? "")),
        ),
      ),
    /** Mark what must be filled in and is not; tell whether there is such. */
    missing: (): boolean => {
      const required = kind.fields.filter((field) => field.required).map((field) => field.name);
      const empty = ["patient_id", ...required].filter(
        (name) => Object.entries(draft).find(([key]) => key === name)?.[1] === "",
      );
      refuse(Object.fromEntries(empty.map((name) => [name, t("dialog.required")])));
      return empty.length > 0;
    },
    /** Keep an answer's messages; return what is said above all, or null for other errors. */
    take: (error: unknown): string | null => {
      if (!(error instanceof ApiError)) return null;
      refuse(error.fields);
      const paths = Object.keys(error.fields);
      if (paths.length === 0) return null;
      const elsewhere = paths.filter((path) => !isKnown(path)).map((path) => error.fields[path]);
      const beside = paths.length - elsewhere.length;
      return [beside > 0 ? t("dialog.fix", { count: beside }) : "", ...elsewhere]
        .filter(Boolean)
        .join(" ");
    },
  };
}
