import { notifications } from "@mantine/notifications";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { Dialog } from "@/components/Dialog";
import { RecordForm } from "../form/RecordForm";
import type { BaseDraft, BaseRecord, Kind } from "../kind";

type Props<R extends BaseRecord, D extends BaseDraft, B> = {
  kind: Kind<R, D, B>;
  patientId?: string | undefined;
  onClose: () => void;
};

/** A new record, with the files that belong to it. */
export function NewRecordDialog<R extends BaseRecord, D extends BaseDraft, B extends object>({
  kind,
  patientId,
  onClose,
}: Props<R, D, B>) {
  const { t } = useTranslation("records");
  const closer = useRef<() => void>(null);
  return (
    <Dialog title={t(`kinds.${kind.slug}.add`)} onClose={() => closer.current?.()}>
      <RecordForm
        kind={kind}
        initial={null}
        patientId={patientId}
        closer={closer}
        onSaved={() => {
          notifications.show({ message: t("dialog.saved") });
          onClose();
        }}
        onCancel={onClose}
      />
    </Dialog>
  );
}
