import { Alert, Button, Group, Text, Title } from "@mantine/core";
import { type ReactNode, useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import type { Patient, Schema } from "@/api/types";
import { useSession } from "@/app/session";
import { EmptyState, Loaded } from "@/components/states";
import { isRefused } from "../data/refusals";
import { useConversations } from "../data/useConversations";
import { usePatient } from "../data/usePatients";
import classes from "../messages.module.css";
import { Closed } from "../reply/Closed";
import { hasSomething, type Target, useWritten } from "../reply/drafts";
import { moveDraft } from "../reply/moveDraft";
import { ReplyBox } from "../reply/ReplyBox";
import { Unsent } from "../reply/Unsent";
import { PaneHead } from "./PaneHead";
import { Refused } from "./Refused";

type Props = { patientId: string; back: string };
type Conversation = Schema<"Conversation">;

/** To a patient: the conversation that there is with their number, or the first message. */
export function NewPane({ patientId, back }: Props) {
  const { t } = useTranslation("messages");
  const patient = usePatient(patientId);
  const known = useConversations({
    unread: false,
    unmatched: false,
    search: "",
    patient: patientId,
  });
  const target = useMemo<Target>(() => ({ kind: "patient", id: patientId }), [patientId]);
  const error = [patient.error, known.error].find(isRefused);
  if (error) {
    const texts = { title: t("patient.gone"), hint: t("patient.goneHint") };
    return <Refused error={error} {...texts} target={target} back={back} />;
  }
  if (patient.data === undefined || known.data === undefined) {
    return (
      <>
        <PaneHead back={back} />
        <Loaded query={patient.data === undefined ? patient : known}>{() => null}</Loaded>
      </>
    );
  }
  const { phone } = patient.data;
  const rows = known.data.pages.flatMap((page) => page.results);
  const there = rows.find((one) => one.phone === phone) ?? (phone ? undefined : rows[0]);
  return <ToPatient patient={patient.data} there={there} target={target} back={back} />;
}

type Known = {
  patient: Patient;
  there: Conversation | undefined;
  target: Target;
  back: string;
};

/** Go to the conversation, unless somebody is writing here: nobody is taken off in mid-word. */
function ToPatient({ patient, there, target, back }: Known) {
  const { t } = useTranslation("messages");
  const userId = useSession().me.user.id;
  const written = useWritten(userId, target);
  const [began] = useState(there === undefined);
  const [goes, go] = useState(false);
  if (there && (goes || !began || !hasSomething(written)))
    return <Onwards from={target} to={there} patientId={patient.id} />;
  return (
    <FirstMessage patient={patient} target={target} back={back}>
      {there && (
        <Alert role="status" p="xs" radius={0} color="yellow">
          <Group justify="space-between" gap="xs">
            <Text size="sm">{t("patient.meanwhile")}</Text>
            <Button
              size="compact-sm"
              variant="default"
              disabled={written.state.step === "sending"}
              onClick={() => go(true)}
            >
              {t("patient.toConversation")}
            </Button>
          </Group>
        </Alert>
      )}
    </FirstMessage>
  );
}

/** To the conversation, and what was begun here with it. */
function Onwards({ from, to, patientId }: { from: Target; to: Conversation; patientId: string }) {
  const userId = useSession().me.user.id;
  const navigate = useNavigate();
  useEffect(() => {
    moveDraft(userId, from, { kind: "conversation", id: to.id });
    void navigate(`/messages/${to.id}?patient=${patientId}`, { replace: true });
  }, [userId, from, to.id, patientId, navigate]);
  return null;
}

type First = { patient: Patient; target: Target; back: string; children: ReactNode };

function FirstMessage({ patient, target, back, children }: First) {
  const { t } = useTranslation("messages");
  const { can } = useSession();
  const navigate = useNavigate();
  const name = `${patient.first_name} ${patient.last_name}`;
  const written = patient.status === "active" || patient.status === "inactive";
  return (
    <>
      <PaneHead back={back}>
        <div style={{ minWidth: 0 }}>
          <Title order={2} size="h4" lineClamp={1}>
            {t("patient.to", { name })}
          </Title>
          {patient.phone && (
            <Text size="xs" c="dimmed">
              {t("patient.toNumber", { phone: patient.phone })}
            </Text>
          )}
        </div>
      </PaneHead>
      {children}
      <div className={classes.thread}>
        <EmptyState title={t("thread.nothing")} />
      </div>
      {can("messages.add") &&
        (!written || !patient.phone ? (
          <>
            <Closed reason={written ? "noPhone" : "notReachable"} patientId={patient.id} />
            <Unsent target={target} />
          </>
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
