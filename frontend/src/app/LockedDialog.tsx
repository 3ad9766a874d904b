import { Button, Group, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Modal } from "@/components/Modal";
import { SignInSteps } from "@/features/session/SignInSteps";
import { useSteps } from "@/features/session/useSteps";
import type { LockedProps } from "./Locked";

/** Asks for what signing in asks for, of one person; it is left by giving up what waits, too. */
export function LockedDialog({ owner, onLeave }: LockedProps) {
  const { t } = useTranslation("session");
  const steps = useSteps(owner.user.email);
  const [leaving, setLeaving] = useState(false);
  return (
    <Modal
      opened
      onClose={() => {}} // only by signing in, or by giving up what is here
      title={t("over.title")}
      centered
      withCloseButton={false}
      closeOnClickOutside={false}
      zIndex={1000}
      transitionProps={{ duration: 0 }}
      withinPortal={false}
    >
      <Stack>
        <Text>{t("over.text", { name: owner.user.name || owner.user.email })}</Text>
        <SignInSteps steps={steps} forgotten="apart" />
        {leaving ? (
          <>
            <Text role="alert">{t("over.lost")}</Text>
            <Group>
              <Button color="red.9" onClick={onLeave}>
                {t("over.leave")}
              </Button>
              <Button variant="default" autoFocus onClick={() => setLeaving(false)}>
                {t("over.stay")}
              </Button>
            </Group>
          </>
        ) : (
          <Button variant="subtle" color="gray" onClick={() => setLeaving(true)}>
            {t("over.leave")}
          </Button>
        )}
      </Stack>
    </Modal>
  );
}
