import { Badge, Button, Group, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "@/api/problem";
import { ME } from "@/app/session";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { Loaded } from "@/components/states";
import { Problem } from "@/features/session/Problem";
import { useLoginErrorText } from "@/features/session/useLoginErrorText";
import { RecoveryCodes } from "./RecoveryCodes";
import { Section } from "./Section";
import { SetUpFactor } from "./SetUpFactor";
import {
  type Authenticator,
  authenticators,
  FACTORS,
  newCodes,
  type Setup,
  setup,
  switchOff,
} from "./secondFactor";
import { useReauthentication } from "./useReauthentication";

type Shown =
  | { kind: "nothing" }
  | { kind: "setup"; setup: Setup }
  | { kind: "codes"; codes: string[] }
  | { kind: "off" };
const NOTHING: Shown = { kind: "nothing" };

/** Switch the second factor on and off, and make new recovery codes. */
export function SecondFactor() {
  const { t } = useTranslation("session");
  const text = useLoginErrorText();
  const client = useQueryClient();
  const [shown, setShown] = useState<Shown>(NOTHING);
  const { run, dialog } = useReauthentication();
  const query = useQuery({
    queryKey: FACTORS,
    queryFn: ({ signal }) => authenticators(signal),
  });
  const refresh = () => client.invalidateQueries({ queryKey: FACTORS });
  const begin = useMutation({
    mutationFn: () => run(setup),
    onSuccess: (found) => (found ? setShown({ kind: "setup", setup: found }) : refresh()),
  });
  const renew = useMutation({
    mutationFn: () => run(newCodes),
    onSuccess: (codes) => {
      if (codes) setShown({ kind: "codes", codes });
      return refresh();
    },
  });
  const end = useMutation({
    mutationFn: () => run(switchOff),
    onSuccess: (done) => {
      setShown(NOTHING);
      void client.invalidateQueries({ queryKey: ME });
      if (done) notifications.show({ message: t("factor.switchedOff"), color: "teal" });
      return refresh();
    },
    onError: () => setShown(NOTHING),
  });
  const error = begin.error ?? renew.error ?? end.error;
  const on = (found: Authenticator[]) => found.some((one) => one.type === "totp");
  const left = (found: Authenticator[]) =>
    found.find((one) => one.type === "recovery_codes")?.unused_code_count;

  return (
    <Section title={t("factor.title")}>
      <Text size="sm">{t("factor.hint")}</Text>
      {error && (
        <Problem>
          {error instanceof ApiError && error.status === 409 ? t("factor.elsewhere") : text(error)}
        </Problem>
      )}
      <Loaded query={query}>
        {(found) =>
          on(found) ? (
            <>
              <Group>
                <Badge variant="dot" tt="none" color="teal">
                  {t("factor.on")}
                </Badge>
                <Text size="sm">{t("factor.codesLeft", { count: left(found) ?? 0 })}</Text>
              </Group>
              <Group>
                <Button variant="default" loading={renew.isPending} onClick={() => renew.mutate()}>
                  {t("factor.newCodes")}
                </Button>
                <Button
                  variant="default"
                  loading={end.isPending}
                  onClick={() => setShown({ kind: "off" })}
                >
                  {t("factor.switchOff")}
                </Button>
              </Group>
            </>
          ) : (
            <Group>
              <Badge variant="dot" tt="none" color="gray">
                {t("factor.off")}
              </Badge>
              <Button loading={begin.isPending} onClick={() => begin.mutate()}>
                {t("factor.switchOn")}
              </Button>
            </Group>
          )
        }
      </Loaded>
      {shown.kind === "setup" && (
        <SetUpFactor
          setup={shown.setup}
          run={run}
          onClose={() => setShown(NOTHING)}
          onDone={(codes) => {
            setShown({ kind: "codes", codes });
            void refresh();
          }}
        />
      )}
      {shown.kind === "codes" && (
        <RecoveryCodes
          codes={shown.codes}
          onClose={() => {
            setShown(NOTHING);
            // Not before: whoever waits for the second factor goes on and the codes would be gone.
            void client.invalidateQueries({ queryKey: ME });
          }}
        />
      )}
      <ConfirmDialog
        opened={shown.kind === "off"}
        title={t("factor.switchOffTitle")}
        text={t("factor.switchOffHint")}
        confirm={t("factor.switchOff")}
        danger
        onConfirm={() => {
          // Whether it is still them is asked in a dialog of its own.
          setShown(NOTHING);
          end.mutate();
        }}
        onClose={() => setShown(NOTHING)}
      />
      {dialog}
    </Section>
  );
}
