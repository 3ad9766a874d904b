import { Alert, Button, Group, ScrollArea, Stack, Table, Text } from "@mantine/core";
import { IconGitMerge } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useFieldLabel } from "../choices";
import { useFieldText } from "../dialog/Facts";
import type { BaseDraft, BaseRecord, Kind } from "../kind";
import { useWhen } from "../when";

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
  const { zone } = useWhen();
  const label = useFieldLabel();
  const text = useFieldText<R, D>();
  const now = kind.draftOf(theirs, zone);
  const fields = kind.fields.filter((field) => changed.includes(field.name));
  return (
    <Alert
      color="orange"
      icon={<IconGitMerge aria-hidden />}
      title={t("conflict.title")}
      role="alert"
    >
      <Stack gap="sm">
        <Text size="sm">{t("conflict.text")}</Text>
        {fields.length === 0 ? (
          <Text size="sm">{t("conflict.unseen")}</Text>
        ) : (
          <ScrollArea type="auto">
            <Table>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t("conflict.field")}</Table.Th>
                  <Table.Th>{t("conflict.theirs")}</Table.Th>
                  <Table.Th>{t("conflict.yours")}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {fields.map((field) => (
                  <Table.Tr key={field.name}>
                    <Table.Th scope="row">{label(field.name)}</Table.Th>
                    <Table.Td>{text(field, now, theirs) ?? t("conflict.empty")}</Table.Td>
                    <Table.Td>
                      {mine.includes(field.name)
                        ? (text(field, draft, theirs) ?? t("conflict.empty"))
                        : "–"}
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </ScrollArea>
        )}
        <Group>
          <Button size="xs" onClick={props.onKeep}>
            {t("conflict.keep")}
          </Button>
          <Button size="xs" variant="default" onClick={props.onLoad}>
            {t("conflict.load")}
          </Button>
        </Group>
        <Text size="xs">{t("conflict.loadHint")}</Text>
      </Stack>
    </Alert>
  );
}
