import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import type { Choices, FieldLabel } from "./kind";

/** Return the words for the values of a group of choices, in the order of the locale's file. */
export function useChoices() {
  const { t } = useTranslation("records");
  return useCallback(
    (group: Choices): Record<string, string> => t(`choices.${group}`, { returnObjects: true }),
    [t],
  );
}

/** The same as what a select wants. */
export const toOptions = (words: Record<string, string>) =>
  Object.entries(words).map(([value, label]) => ({ value, label }));

/** Return what a field is called. */
export function useFieldLabel() {
  const { t } = useTranslation("records");
  return useCallback((name: FieldLabel): string => t(`fields.${name}`), [t]);
}
