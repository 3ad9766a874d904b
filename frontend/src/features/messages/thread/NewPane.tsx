import { ActionIcon, Group, Text, Title } from "@mantine/core";
import { IconArrowLeft } from "@tabler/icons-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link, Navigate, useNavigate } from "react-router";
import type { Patient } from "@/api/types";
import { useSession } from "@/app/session";
import { EmptyState, ErrorState, Loaded, LoadingState } from "@/components/states";
import { useConversations } from "../data/useConversations";
import { usePatient } from "../data/usePatients";
import classes from "../messages.module.css";
import { Closed } from "../reply/Closed";
import type { Target } from "../reply/drafts";
import { ReplyBox } from "../reply/ReplyBox";

type Props = { patientId: string; back: string };

/** To a patient: the conversation that there is with their number, or the first message. */
export function NewPane({ patientId, back }: Props) {
  const patient = usePatient(patientId);
  const known = useConversations({
    unread: false,
    unmatched: false,
    search: "",
    patient: patientId,
  });
  if (known.data === undefined) {
    return known.isPending ? (
      <LoadingState />
    ) : (
      <ErrorState error={known.error} onRetry={() => void known.refetch()} />
    );
  }
  const rows = known.data.pages.flatMap((page) => page.results);
  return (
    <Loaded query={patient}>
      {(found) => {
        const there =
          rows.find((one) => one.phone === found.phone) ?? (found.phone ? null : rows[0]);
        return there ? (
          <Navigate to={`/messages/${there.id}?patient=${patientId}`} replace />
        ) : (
          <FirstMessage patient={found} back={back} />
        );
      }}
    </Loaded>
  );
}

function FirstMessage({ patient, back }: { patient: Patient; back: string }) {
  const { t } = useTranslation("messages");
  const { can } = useSession();
  const navigate = useNavigate();
  const target = useMemo<Target>(() => ({ kind: "patient", id: patient.id }), [patient.id]);
  const name = `${patient.first_name} ${patient.last_name}`;
  const written = patient.status === "active" || patient.status === "inactive";
  return (
    <>
      <Group className={classes.head} gap="xs" wrap="nowrap">
        <ActionIcon
          component={Link}
          to={back}
          variant="subtle"
          color="gray"
          hiddenFrom="sm"
          size="lg"
          aria-label={t("back")}
        >
          <IconArrowLeft size={20} aria-hidden />
        </ActionIcon>
        <div>
          <Title order={2} size="h4">
            {t("patient.to", { name })}
          </Title>
          {patient.phone && (
            <Text size="xs" c="dimmed">
              {t("patient.toNumber", { phone: patient.phone })}
            </Text>
          )}
        </div>
      </Group>
      <div className={classes.thread}>
        <EmptyState title={t("thread.nothing")} />
      </div>
      {can("messages.add") &&
        (!written || !patient.phone ? (
          <Closed reason={written ? "noPhone" : "notReachable"} patientId={patient.id} />
        ) : (
          <ReplyBox
            target={target}
            onSent={(message) =>
              void navigate(`/messages/${message.conversation_id}`, { replace: true })
            }
          />
        ))}
    </>
  );
}
