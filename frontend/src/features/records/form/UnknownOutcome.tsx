import { Alert, Button, Group, List, Stack, Text } from "@mantine/core";
import { IconHelpCircle } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { everyPage } from "@/api/types";
import { useErrorText } from "@/components/states";
import { useAction } from "@/components/useAction";
import { useDates } from "@/components/useDates";
import type { BaseDraft, BaseRecord, Kind, Tagged } from "../kind";
import { PAGE_SIZE } from "../useRecords";

const WINDOW = 15 * 60_000; // this computer's clock may be some minutes wrong

type Props<R extends BaseRecord, D extends BaseDraft, B> = {
  kind: Kind<R, D, B>;
  patientId: string;
  since: number;
  onFound: (record: Tagged<R>) => void;
  onAgain: () => void;
};

/** Nobody knows whether a new record was stored: let them look before it is sent again. */
export function UnknownOutcome<R extends BaseRecord, D extends BaseDraft, B>(
  props: Props<R, D, B>,
) {
  const { kind, patientId, since, onFound, onAgain } = props;
  const { t } = useTranslation("records");
  const { moment } = useDates();
  const errorText = useErrorText();
  const look = useAction({
    mutationFn: async () => {
      const created_after = new Date(since - WINDOW).toISOString();
      return everyPage((cursor) =>
        kind.api.list({ patient: patientId, created_after, page_size: PAGE_SIZE, ...cursor }),
      );
    },
  });
  const open = useAction({ mutationFn: (id: string) => kind.api.get(id), onSuccess: onFound });
  const error = look.error ?? open.error;
  return (
    <Alert
      color="orange"
      icon={<IconHelpCircle aria-hidden />}
      title={t("unknown.title")}
      role="alert"
    >
      <Stack gap="sm" align="flex-start">
        <Text size="sm">{t("unknown.text")}</Text>
        {look.data && look.data.length > 0 && (
          <>
            <Text size="sm">{t("unknown.found")}</Text>
            <List size="sm">
              {look.data.map((one) => (
                <List.Item key={one.id}>
                  {kind.titleOf(one)} ({moment(one.created_at)}){" "}
                  <Button
                    size="compact-xs"
                    loading={open.isPending}
                    onClick={() => open.run(one.id)}
                  >
                    {t("unknown.this")}
                  </Button>
                </List.Item>
              ))}
            </List>
          </>
        )}
        {look.data?.length === 0 && <Text size="sm">{t("unknown.none")}</Text>}
        {error && <Text size="sm">{errorText(error)}</Text>}
        <Group>
          <Button size="xs" loading={look.isPending} onClick={() => look.run()}>
            {t("unknown.look")}
          </Button>
          {look.isSuccess && (
            <Button size="xs" variant="default" onClick={onAgain}>
              {t("unknown.again")}
            </Button>
          )}
        </Group>
      </Stack>
    </Alert>
  );
}
