import { Button, Group } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useSession } from "@/app/session";
import { lazily } from "@/components/lazily";
import { Over } from "@/components/Over";
import { PageHead } from "@/components/PageHead";
import { ForbiddenState } from "@/components/states";
import type { BaseDraft, BaseRecord, Kind } from "./kind";
import { RecordFilters } from "./list/RecordFilters";
import { RecordList } from "./list/RecordList";
import { useFilters } from "./list/useFilters";
import type { RecordNavigation } from "./list/useNavigation";
import { useOnlyPatient } from "./useOnlyPatient";

const RecordDialog = lazily(async () => (await import("./dialog/RecordDialog")).RecordDialog);
const NewRecordDialog = lazily(
  async () => (await import("./dialog/NewRecordDialog")).NewRecordDialog,
);

type Props<R extends BaseRecord, D extends BaseDraft, B> = {
  kind: Kind<R, D, B>;
  navigation: RecordNavigation;
  /** Only this patient's; their name is on the page around it. */
  patientId?: string;
};

/** The records of a kind: filters, cards, and the dialogs over them. */
export function RecordsView<R extends BaseRecord, D extends BaseDraft, B extends object>({
  kind,
  navigation,
  patientId,
}: Props<R, D, B>) {
  const { t } = useTranslation("records");
  const { can } = useSession();
  const filters = useFilters(kind.filters, patientId);
  const only = useOnlyPatient();
  if (!can(`${kind.area}.view`)) return <ForbiddenState />;

  const add = can(`${kind.area}.add`) && (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={navigation.create}>
      {t(`kinds.${kind.slug}.add`)}
    </Button>
  );
  const several = !patientId && !only.id;
  return (
    <>
      {patientId ? (
        <Group justify="flex-end" mb="xs">
          {add}
        </Group>
      ) : (
        <PageHead title={t(`kinds.${kind.slug}.title`)}>{add}</PageHead>
      )}
      <RecordFilters of={kind.filters} filters={filters} withPatient={several} />
      <RecordList kind={kind} filters={filters} withPatient={several} navigation={navigation} />
      <Over>
        {navigation.openId && (
          <RecordDialog
            key={navigation.openId}
            kind={kind}
            id={navigation.openId}
            onClose={navigation.close}
          />
        )}
        {navigation.creating && can(`${kind.area}.add`) && !only.asking && (
          <NewRecordDialog
            kind={kind}
            patientId={patientId ?? only.id}
            onClose={navigation.close}
          />
        )}
      </Over>
    </>
  );
}
