import { type ReactNode, useCallback, useState } from "react";
import { useTranslation } from "react-i18next";
import { useBeforeUnload, useBlocker } from "react-router";
import { ConfirmDialog } from "@/components/ConfirmDialog";

type Guard = {
  /** Do something that drops what was entered: at once, or after they agreed. */
  leave: (go: () => void) => void;
  dialog: ReactNode;
};

/** Ask before what was entered is lost: by a button, a link, Back, or closing the window. */
export function useLeaveGuard(isDirty: () => boolean): Guard {
  const { t } = useTranslation("records");
  const [pending, setPending] = useState<(() => void) | null>(null);
  const blocker = useBlocker(() => isDirty());
  useBeforeUnload(
    useCallback(
      (event) => {
        if (isDirty()) event.preventDefault();
      },
      [isDirty],
    ),
  );
  const blocked = blocker.state === "blocked";
  const stay = () => {
    setPending(null);
    if (blocked) blocker.reset();
  };
  const go = () => {
    setPending(null);
    if (blocked) blocker.proceed();
    else pending?.();
  };
  return {
    leave: (action) => (isDirty() ? setPending(() => action) : action()),
    dialog: (
      <ConfirmDialog
        opened={blocked || pending !== null}
        title={t("leave.title")}
        text={t("leave.text")}
        confirm={t("leave.go")}
        cancel={t("leave.stay")}
        onConfirm={go}
        onClose={stay}
        danger
      />
    ),
  };
}
