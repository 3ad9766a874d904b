import { notifications } from "@mantine/notifications";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { isGone } from "@/api/problem";
import { Dialog } from "@/components/Dialog";
import { EmptyState, Loaded } from "@/components/states";
import { RecordForm } from "../form/RecordForm";
import type { BaseDraft, BaseRecord, Kind } from "../kind";
import { useRecord } from "../useRecords";
import { useTitle } from "../useTitle";
import { RecordDetails } from "./RecordDetails";

type Props<R extends BaseRecord, D extends BaseDraft, B> = {
  kind: Kind<R, D, B>;
  id: string;
  onClose: () => void;
};

/** One record: to read, and after Edit to change. */
export function RecordDialog<R extends BaseRecord, D extends BaseDraft, B extends object>({
  kind,
  id,
  onClose,
}: Props<R, D, B>) {
  const { t } = useTranslation("records");
  const query = useRecord(kind, id);
  const titleOf = useTitle(kind);
  const [mode, setMode] = useState<"view" | "edit" | "back">("view");
  const tagged = query.data;
  const missing = isGone(query.error);
  const title = tagged ? titleOf(tagged.data) : t(`kinds.${kind.slug}.title`);

  const closer = useRef<() => void>(null);
  const view = () => setMode("back");

  if (mode === "edit" && tagged) {
    return (
      <Dialog title={t("dialog.edit", { title })} onClose={() => closer.current?.()}>
        <RecordForm
          kind={kind}
          initial={tagged}
          closer={closer}
          onSaved={() => {
            notifications.show({ message: t("dialog.saved") });
            view();
          }}
          onCancel={view}
        />
      </Dialog>
    );
  }
  return (
    <Dialog title={title} onClose={onClose}>
      {missing && !tagged ? (
        <EmptyState title={t("dialog.gone")} />
      ) : (
        <Loaded query={query}>
          {(found) => (
            <RecordDetails
              kind={kind}
              record={found}
              title={title}
              takesFocus={mode === "back"}
              onEdit={() => setMode("edit")}
              onRemoved={onClose}
            />
          )}
        </Loaded>
      )}
    </Dialog>
  );
}
