import { Alert, Button, Group, List, Stack, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Modal } from "@/components/Modal";
import { useErrorText } from "@/components/states";
import type { Bulk } from "./useBulk";

const NAMED = 5;

/** Asks before documents are deleted or restored, and says of each one that was refused why. */
export function BulkDialog({ bulk }: { bulk: Bulk }) {
  const { t } = useTranslation("files");
  const { t: common } = useTranslation();
  const errorText = useErrorText();
  const { kind, asked, status, refused, error } = bulk;
  const count = asked.length;

  return (
    <Modal
      opened={bulk.open}
      onClose={() => status !== "pending" && bulk.close()}
      title={
        refused.length > 0
          ? t(`${kind}.refused`, { count: refused.length })
          : t(`${kind}.title`, { count })
      }
      closeButtonProps={{ "aria-label": common("close") }}
      returnFocus={false}
      transitionProps={{ duration: 0 }}
    >
      {refused.length > 0 ? (
        <Stack>
          <List spacing="xs" role="alert">
            {refused.map(({ document, reason }) => (
              <List.Item key={document.id}>
                <Text span fw={500}>
                  {document.file_name}
                </Text>
                {": "}
                {reason}
              </List.Item>
            ))}
          </List>
          <Group justify="flex-end">
            <Button onClick={bulk.close} data-autofocus>
              {common("close")}
            </Button>
          </Group>
        </Stack>
      ) : (
        <Stack>
          <List>
            {asked.slice(0, NAMED).map((one) => (
              <List.Item key={one.id}>{one.file_name}</List.Item>
            ))}
            {count > NAMED && <List.Item>…</List.Item>}
          </List>
          <Text size="sm">{t(`${kind}.hint`)}</Text>
          {error !== null && (
            <Alert
              role="alert"
              color="red"
              icon={<IconAlertTriangle aria-hidden />}
              title={errorText(error)}
            >
              {t(`${kind}.unsure`)}
            </Alert>
          )}
          <Group justify="flex-end">
            <Button
              variant="default"
              onClick={bulk.close}
              disabled={status === "pending"}
              data-autofocus
            >
              {common("cancel")}
            </Button>
            <Button
              color={kind === "delete" ? "red.9" : undefined}
              loading={status === "pending"}
              onClick={() => bulk.run(asked)}
            >
              {t(`${kind}.run`)}
            </Button>
          </Group>
        </Stack>
      )}
    </Modal>
  );
}
