import { Button, Code, CopyButton, Group, Stack, Text } from "@mantine/core";
import { IconCopy, IconDownload } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useHold } from "@/components/LeaveGuard";
import { Modal } from "@/components/Modal";
import { saveText } from "@/components/saveText";

type Props = { codes: string[]; onClose: () => void };

/** The recovery codes, once. Only the button closes this, so that they are not lost by a slip. */
export function RecoveryCodes({ codes, onClose }: Props) {
  const { t } = useTranslation("session");
  useHold(() => true);
  const all = codes.join("\n");
  return (
    <Modal
      opened
      onClose={onClose}
      withCloseButton={false}
      closeOnClickOutside={false}
      closeOnEscape={false}
      title={t("factor.codesTitle")}
    >
      <Stack>
        <Text>{t("factor.codesHint")}</Text>
        <Code block>{all}</Code>
        <Group>
          <CopyButton value={all}>
            {({ copied, copy }) => (
              <Button
                variant="default"
                leftSection={<IconCopy size={16} aria-hidden />}
                onClick={copy}
              >
                {t(copied ? "factor.copied" : "factor.copy")}
              </Button>
            )}
          </CopyButton>
          <Button
            variant="default"
            leftSection={<IconDownload size={16} aria-hidden />}
            onClick={() => saveText(t("factor.fileName"), `${all}\n`, "text/plain")}
          >
            {t("factor.download")}
          </Button>
        </Group>
        <Button onClick={onClose} data-autofocus>
          {t("factor.kept")}
        </Button>
      </Stack>
    </Modal>
  );
}
