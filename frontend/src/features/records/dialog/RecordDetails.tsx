import { Button, Divider, Group, Stack, Text } from "@mantine/core";
import { IconPencil } from "@tabler/icons-react";
import { Suspense, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSession } from "@/app/session";
import { LoadingState } from "@/components/states";
import { useDates } from "@/components/useDates";
import { PatientLink } from "@/features/patient/PatientLink";
import type { BaseDraft, BaseRecord, Kind, Tagged } from "../kind";
import { Facts } from "./Facts";
import { Marks } from "./Marks";
import { RecordDocuments } from "./RecordDocuments";
import { RemoveButton } from "./RemoveButton";

type Props<R extends BaseRecord, D extends BaseDraft, B> = {
  kind: Kind<R, D, B>;
  record: Tagged<R>;
  title: string;
  /** They come back from the form, whose field had the focus. */
  takesFocus: boolean;
  onEdit: () => void;
  onRemoved: () => void;
};

/** A record as it is read: whose, what, its documents, and what may be done with it. */
export function RecordDetails<R extends BaseRecord, D extends BaseDraft, B>({
  kind,
  record: tagged,
  title,
  takesFocus,
  onEdit,
  onRemoved,
}: Props<R, D, B>) {
  const { t } = useTranslation("records");
  const { t: common } = useTranslation();
  const { can } = useSession();
  const { moment } = useDates();
  const { data: record, etag } = tagged;
  const open = kind.open?.(record) ?? true;
  const { Extra } = kind;
  const [created, changed] = [moment(record.created_at), moment(record.updated_at)];
  // One thing at a time: while documents are chosen, the record itself stays as it is.
  const [documents, setDocuments] = useState<"view" | "edit">("view");
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (takesFocus) box.current?.focus();
  }, [takesFocus]);
  const idle = documents === "view";
  return (
    <Stack ref={box} tabIndex={-1} style={{ outline: "none" }}>
      <Group justify="space-between">
        <PatientLink id={record.patient_id} name={record.patient_name} fw={500} />
        <Marks of={kind.marks(record)} />
      </Group>
      <Facts kind={kind} record={record} />
      {Extra && (
        <Suspense fallback={<LoadingState />}>
          <Extra record={record} etag={etag} />
        </Suspense>
      )}
      <Divider />
      <RecordDocuments slug={kind.slug} id={record.id} mode={documents} onMode={setDocuments} />
      <Group justify="space-between">
        <Text size="xs" c="dimmed">
          {t("dialog.created", { moment: created })}
          {changed !== created && `, ${t("dialog.changed", { moment: changed })}`}
        </Text>
        <Group gap="xs">
          {idle && open && can(`${kind.area}.delete`) && (
            <RemoveButton kind={kind} record={tagged} title={title} onRemoved={onRemoved} />
          )}
          {idle && open && can(`${kind.area}.change`) && (
            <Button leftSection={<IconPencil size={16} aria-hidden />} onClick={onEdit}>
              {common("edit")}
            </Button>
          )}
        </Group>
      </Group>
    </Stack>
  );
}
