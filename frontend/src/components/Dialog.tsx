import { useMediaQuery } from "@mantine/hooks";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { LeaveGuard } from "./LeaveGuard";
import { Modal } from "./Modal";

type Props = { title: string; onClose: () => void; children: ReactNode };

/** A dialog that has the whole screen of a phone. */
export function Dialog({ title, onClose, children }: Props) {
  const { t } = useTranslation();
  const phone = useMediaQuery("(max-width: 48em)") ?? false;
  return (
    <Modal
      opened
      onClose={onClose}
      title={title}
      size="xl"
      fullScreen={phone}
      transitionProps={{ duration: 0 }}
      closeOnClickOutside={false}
      closeButtonProps={{ "aria-label": t("close") }}
      styles={{ title: { fontWeight: 600, fontSize: "1.15rem", overflowWrap: "anywhere" } }}
    >
      <LeaveGuard>{children}</LeaveGuard>
    </Modal>
  );
}
