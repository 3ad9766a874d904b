import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, unwrap } from "@/api/client";
import type { Patient } from "@/api/types";
import { useSession } from "@/app/session";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { lazily } from "@/components/lazily";
import { Over } from "@/components/Over";
import { Loaded, useErrorText } from "@/components/states";
import { useAction } from "@/components/useAction";
import { useDates } from "@/components/useDates";
import { one } from "@/features/records/endpoints";
import { inviteQuery, useInviteChanged } from "./invite/invites";
import { Section } from "./Section";

const InviteDialog = lazily(async () => (await import("./invite/InviteDialog")).InviteDialog);

/** Whether the patient has a login, and the way to one. */
export function InviteSection({ patient }: { patient: Patient }) {
  const { t } = useTranslation("people");
  const { can } = useSession();
  const { moment } = useDates();
  const errorText = useErrorText();
  const query = useQuery(inviteQuery(patient.id));
  const changed = useInviteChanged();
  const [inviting, invite] = useDisclosure();
  const [asking, ask] = useDisclosure();
  const resend = useAction({
    mutationFn: (id: string) => unwrap(api.POST("/api/v1/invites/{id}/resend", one(id))),
    // What could not be delivered stands below, with the reason.
    onSuccess: ({ delivery_error }) => {
      if (!delivery_error) notifications.show({ message: t("invite.sent") });
    },
    onSettled: changed,
  });
  const revoke = useAction({
    mutationFn: (id: string) => unwrap(api.POST("/api/v1/invites/{id}/revoke", one(id))),
    onSuccess: () => notifications.show({ message: t("invite.revoked") }),
    onSettled: () => {
      ask.close();
      changed();
    },
  });
  const error = resend.error ?? revoke.error;
  return (
    <Section title={t("invite.title")}>
      <Loaded query={query}>
        {(last) => {
          const state = patient.invite_state ?? last?.status ?? "none";
          const open = last !== null && (state === "pending" || state === "expired");
          return (
            <Stack gap="xs">
              <Text>{t(`invite.states.${state}`)}</Text>
              {state === "pending" && last && (
                <Text size="sm">{t("invite.until", { moment: moment(last.expires_at) })}</Text>
              )}
              {open && last.sent_at && (
                <Text size="sm" c="dimmed">
                  {t("invite.sentTo", { email: last.email, moment: moment(last.sent_at) })}
                </Text>
              )}
              {open && last.delivery_error && (
                <Alert color="red">{t("invite.failed", { reason: last.delivery_error })}</Alert>
              )}
              {error && (
                <Alert color="red" role="alert">
                  {errorText(error)}
                </Alert>
              )}
              <Group gap="xs">
                {(state === "none" || state === "revoked") && can("invites.add") && (
                  <Button size="xs" onClick={invite.open}>
                    {t(state === "none" ? "invite.invite" : "invite.again")}
                  </Button>
                )}
                {open && can("invites.change") && (
                  <Button
                    size="xs"
                    variant="default"
                    loading={resend.isPending}
                    onClick={() => resend.run(last.id)}
                  >
                    {t("invite.resend")}
                  </Button>
                )}
                {state === "pending" && last && can("invites.change") && (
                  <Button size="xs" variant="default" onClick={ask.open}>
                    {t("invite.revoke")}
                  </Button>
                )}
              </Group>
              {last && (
                <ConfirmDialog
                  opened={asking}
                  onClose={ask.close}
                  title={t("invite.revokeTitle")}
                  text={t("invite.revokeText")}
                  confirm={t("invite.revoke")}
                  busy={revoke.isPending}
                  onConfirm={() => revoke.run(last.id)}
                  danger
                />
              )}
            </Stack>
          );
        }}
      </Loaded>
      {inviting && (
        <Over>
          <InviteDialog patients={[patient]} onClose={invite.close} />
        </Over>
      )}
    </Section>
  );
}
