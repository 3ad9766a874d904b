import { Button, CopyButton, Group, Stack, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";

/** The link of an invitation that is handed over. */
export function InviteLink({ link, onClose }: { link: string; onClose: () => void }) {
  const { t } = useTranslation("people");
  const { t: common } = useTranslation();
  return (
    <Stack>
      <TextInput
        label={t("invite.link")}
        description={t("invite.linkHint")}
        value={link}
        readOnly
      />
      <Group justify="flex-end">
        <CopyButton value={link}>
          {({ copied, copy }) => (
            <Button variant="default" onClick={copy}>
              {t(copied ? "invite.copied" : "invite.copy")}
            </Button>
          )}
        </CopyButton>
        <Button onClick={onClose}>{common("close")}</Button>
      </Group>
    </Stack>
  );
}
