import { Alert } from "@mantine/core";
import { useTranslation } from "react-i18next";

/** Two drafts have become one: somebody should read it before it goes. */
export function Joined({ onSeen }: { onSeen: () => void }) {
  const { t } = useTranslation("messages");
  const { t: common } = useTranslation();
  return (
    <Alert
      role="status"
      color="yellow"
      p="xs"
      withCloseButton
      closeButtonLabel={common("close")}
      onClose={onSeen}
    >
      {t("reply.joined")}
    </Alert>
  );
}
