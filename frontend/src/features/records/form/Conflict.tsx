import { useTranslation } from "react-i18next";
import { ConflictNotice } from "@/components/ConflictNotice";
import { useDates } from "@/components/useDates";
import { useFieldLabel } from "../choices";
import { useFieldText } from "../dialog/Facts";
import type { BaseDraft, BaseRecord, Kind } from "../kind";

type Props<R extends BaseRecord, D extends BaseDraft, B> = {
  kind: Kind<R, D, B>;
  theirs: R;
  draft: D;
  /** Names of the fields that they changed, and those changed here. */
  changed: string[];
  mine: string[];
  onKeep: () => void;
  onLoad: () => void;
};

/** Show what somebody else changed meanwhile; nothing is lost whatever is chosen. */
export function Conflict<R extends BaseRecord, D extends BaseDraft, B>(props: Props<R, D, B>) {
  const { kind, theirs, draft, changed, mine } = props;
  const { t } = useTranslation("records");
  const { zone } = useDates();
  const label = useFieldLabel();
  const text = useFieldText<R, D>();
  const now = kind.draftOf(theirs, zone);
  const rows = kind.fields
    .filter((field) => changed.includes(field.name))
    .map((field) => ({
      name: field.name,
      label: label(field.name),
      theirs: text(field, now, theirs),
      mine: mine.includes(field.name) ? (text(field, draft, theirs) ?? t("conflict.empty")) : null,
    }));
  return <ConflictNotice rows={rows} onKeep={props.onKeep} onLoad={props.onLoad} />;
}
