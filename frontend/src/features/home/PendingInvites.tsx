import { Anchor, Button, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { api, unwrap } from "@/api/client";
import type { Schema } from "@/api/types";
import { useSession } from "@/app/session";
import { useErrorText } from "@/components/states";
import { useDates } from "@/components/useDates";
import { Problem } from "@/features/session/Problem";
import { Panel } from "./Panel";
import { Rows } from "./Rows";
import { DASHBOARD } from "./useDashboard";

type Invite = Schema<"PendingInvite">;

/** Who was invited and has no login yet. */
export function PendingInvites({ invites }: { invites: Invite[] }) {
  const { t } = useTranslation("dashboard");
  const dates = useDates();
  return (
    <Panel
      title={t("invites")}
      action={
        <Anchor component={Link} to="/patients?invite_state=pending" size="sm">
          {t("all")}
        </Anchor>
      }
    >
      <Rows
        none={t("noInvites")}
        rows={invites.map((one) => ({
          key: one.invite_id,
          main: (
            <>
              <Anchor component={Link} display="block" to={`/patients/${one.patient_id}`}>
                {one.patient_name}
              </Anchor>
              <Text size="sm" c="dimmed">
                {t("expires", { when: dates.moment(one.expires_at) })}
              </Text>
            </>
          ),
          side: <Resend invite={one} />,
        }))}
      />
    </Panel>
  );
}

function Resend({ invite }: { invite: Invite }) {
  const { t } = useTranslation("dashboard");
  const text = useErrorText();
  const { can } = useSession();
  const client = useQueryClient();
  const resend = useMutation({
    mutationFn: () =>
      unwrap(
        api.POST("/api/v1/invites/{id}/resend", { params: { path: { id: invite.invite_id } } }),
      ),
    onSuccess: ({ delivery_error }) => {
      const message = delivery_error
        ? t("notDelivered", { name: invite.patient_name, why: delivery_error })
        : t("resent", { name: invite.patient_name });
      notifications.show({ message, color: delivery_error ? "red" : "teal" });
      void client.invalidateQueries({ queryKey: DASHBOARD });
    },
  });
  if (!can("invites.change")) return null;
  return (
    <>
      <Button
        size="compact-sm"
        variant="default"
        loading={resend.isPending}
        aria-label={t("resendTo", { name: invite.patient_name })}
        onClick={() => resend.mutate()}
      >
        {t("resend")}
      </Button>
      {resend.isError && <Problem>{text(resend.error)}</Problem>}
    </>
  );
}
