import { Button, Group, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Modal } from "@/components/Modal";

type Props = { onConfirm: () => void; onClose: () => void };

export function ConfirmCancel({ onConfirm, onClose }: Props) {
  const { t } = useTranslation("patients");
  const common = useTranslation().t;
  return (
    <Modal
      opened
      onClose={onClose}
      title={t("job.cancelTitle")}
      closeButtonProps={{ "aria-label": common("close") }}
    >
      <Stack>
        <Text>{t("job.cancelHint")}</Text>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>
            {t("job.cancelKeep")}
          </Button>
          <Button color="red" onClick={onConfirm}>
            {t("job.cancel")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
