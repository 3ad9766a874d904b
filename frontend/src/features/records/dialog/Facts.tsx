import { type ReactNode, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { FactList } from "@/components/FactList";
import { LoadingState } from "@/components/states";
import { useDates } from "@/components/useDates";
import { useChoices, useFieldLabel } from "../choices";
import { isWide } from "../form/FieldInput";
import { VisitLink } from "../form/VisitPicker";
import type { BaseDraft, BaseRecord, Field, Kind } from "../kind";

/** Return how the value of a field is said in words; null where there is none. */
export function useFieldText<R, D extends BaseDraft>() {
  const { t } = useTranslation();
  const choices = useChoices();
  const { day, clock } = useDates();
  return (field: Field<R, D>, draft: D, record: R): ReactNode => {
    const value: unknown = draft[field.name];
    if (field.type === "part")
      return (
        <Suspense fallback={<LoadingState />}>
          <field.Show draft={draft} />
        </Suspense>
      );
    if (typeof value === "boolean") return value ? t("yes") : null;
    if (typeof value !== "string" || value === "") return null;
    switch (field.type) {
      case "day":
        return day(value);
      case "clock":
        return clock(value);
      case "choice":
        return choices(field.choices)[value] ?? value;
      case "person":
        return field.nameOf(record) || null;
      case "visit":
        return <VisitLink id={value} />;
      default:
        return value;
    }
  };
}

type Props<R extends BaseRecord, D extends BaseDraft, B> = { kind: Kind<R, D, B>; record: R };

/** All that a record says, line by line; what is empty is left out. */
export function Facts<R extends BaseRecord, D extends BaseDraft, B>({
  kind,
  record,
}: Props<R, D, B>) {
  const label = useFieldLabel();
  const { zone } = useDates();
  const text = useFieldText<R, D>();
  const draft = kind.draftOf(record, zone);
  const facts = kind.fields.flatMap((field) => {
    if (field.type === "part" && isNothing(draft[field.name])) return [];
    const value = text(field, draft, record);
    if (value === null) return [];
    return [{ name: field.name, label: label(field.name), value, wide: isWide(field) }];
  });
  return <FactList facts={facts} />;
}

const isNothing = (value: unknown): boolean =>
  Array.isArray(value)
    ? value.length === 0
    : typeof value === "object" && value !== null && Object.keys(value).length === 0;
