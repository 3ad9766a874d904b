import { Button, Group, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Modal } from "@/components/Modal";

type Props = { loading: boolean; onConfirm: () => void; onClose: () => void };

export function ConfirmSwitchOff({ loading, onConfirm, onClose }: Props) {
  const { t } = useTranslation("session");
  const common = useTranslation().t;
  return (
    <Modal
      opened
      onClose={onClose}
      title={t("factor.switchOffTitle")}
      closeButtonProps={{ "aria-label": common("close") }}
    >
      <Stack>
        <Text>{t("factor.switchOffHint")}</Text>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>
            {common("cancel")}
          </Button>
          <Button color="red" loading={loading} onClick={onConfirm}>
            {t("factor.switchOff")}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
