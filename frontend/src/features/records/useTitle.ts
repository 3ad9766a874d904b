import { useTranslation } from "react-i18next";
import { useDates } from "@/components/useDates";
import type { BaseDraft, BaseRecord, Kind } from "./kind";

/** Return what a record is called: its own title, or its kind and day where it has none. */
export function useTitle<R extends BaseRecord, D extends BaseDraft, B>(kind: Kind<R, D, B>) {
  const { t } = useTranslation("records");
  const { day, dayOf } = useDates();
  return (record: R): string =>
    kind.titleOf(record) ||
    t("dialog.untitled", {
      kind: t(`kinds.${kind.slug}.one`),
      day: day(dayOf(record.created_at)),
    });
}
