import { type ReactNode, useCallback, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useBeforeUnload, useBlocker } from "react-router";
import { ConfirmDialog } from "@/components/ConfirmDialog";

type Guard = {
  /** Do something that drops what was entered: at once, or after they agreed. */
  leave: (go: () => void) => void;
  dialog: ReactNode;
};

/**
 * Ask before what was entered is lost: by a button, a link, Back, or closing the window.
 *
 * Who agreed is not asked again on the way out; another `round` is something new to ask about.
 */
export function useLeaveGuard(isDirty: () => boolean, round = 0): Guard {
  const { t } = useTranslation("records");
  const [pending, setPending] = useState<(() => void) | null>(null);
  const agreed = useRef(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each round begins without an answer
  useEffect(() => {
    agreed.current = false;
  }, [round]);
  const blocker = useBlocker(() => !agreed.current && isDirty());
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
    agreed.current = true;
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
