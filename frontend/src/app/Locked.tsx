import { Button, Group, Stack, Text } from "@mantine/core";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Me } from "@/api/types";
import { Modal } from "@/components/Modal";
import { SignInSteps } from "@/features/session/SignInSteps";
import { useSteps } from "@/features/session/useSteps";

const ID = "signed-out";

/**
 * All else on the page, dialogs included, is neither seen, read out, printed nor reached by a key, and
 * keeps its place. By a rule, so that it holds for what comes onto the page later.
 */
const COVER = `body > :not(#${ID}), body > :not(#${ID}) * { visibility: hidden !important; }`;

type Props = { owner: Me; onLeave: () => void };

/** What is not saved waits, out of sight, until the same person has signed in again. */
export function Locked({ owner, onLeave }: Props) {
  const { t } = useTranslation("session");
  const steps = useSteps(owner.user.email);
  const [leaving, setLeaving] = useState(false);
  const title = t("over.title");
  useEffect(() => {
    const before = document.title; // it may name a patient
    document.title = title;
    return () => {
      document.title = before;
    };
  }, [title]);
  return (
    <Modal
      opened
      onClose={() => {}} // only by signing in, or by giving up what is here
      title={title}
      centered
      withCloseButton={false}
      closeOnClickOutside={false}
      zIndex={1000}
      transitionProps={{ duration: 0 }}
      portalProps={{ id: ID, reuseTargetNode: false }}
    >
      <style>{COVER}</style>
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
