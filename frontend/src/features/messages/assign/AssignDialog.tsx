import { Alert, Button, Group, Stack, Text, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useSearchParams } from "react-router";
import type { Schema } from "@/api/types";
import { useSession } from "@/app/session";
import { Modal } from "@/components/Modal";
import { Loaded, useErrorText } from "@/components/states";
import { useAssign } from "../data/useAssign";
import { useCandidates } from "../data/useCandidates";
import { type Target, useWritten } from "../reply/drafts";
import { PatientSearch } from "./PatientSearch";
import { People, type Person } from "./People";

type Props = { conversation: Schema<"Conversation">; opened: boolean; onClose: () => void };

/** Say whose a conversation is: choose, be asked once more, and go where its messages are then. */
export function AssignDialog({ conversation, opened, onClose }: Props) {
  const { t } = useTranslation("messages");
  const { t: common } = useTranslation();
  const assign = useAssign(conversation.id);
  const close = () => {
    // Whoever gives it away is taken to where its messages are then.
    if (assign.isPending) return;
    assign.reset();
    onClose();
  };
  return (
    <Modal
      opened={opened}
      onClose={close}
      title={t("assign.title")}
      closeButtonProps={{ "aria-label": common("close") }}
      centered
    >
      {opened && <Choice conversation={conversation} assign={assign} onClose={onClose} />}
    </Modal>
  );
}

type ChoiceProps = Omit<Props, "opened"> & { assign: ReturnType<typeof useAssign> };

function Choice({ conversation, assign, onClose }: ChoiceProps) {
  const { t } = useTranslation("messages");
  const text = useErrorText();
  const navigate = useNavigate();
  const [params] = useSearchParams();
  const { me } = useSession();
  const [chosen, choose] = useState<Person | null>(null);
  // As they looked at it: what somebody else does with it meanwhile is not overruled.
  const [seen, see] = useState(conversation);
  const candidates = useCandidates(conversation.id, true);
  const target = useMemo<Target>(
    () => ({ kind: "conversation", id: conversation.id }),
    [conversation.id],
  );
  const sending = useWritten(me.user.id, target).state.step === "sending";
  const question = useRef<HTMLParagraphElement>(null);
  // The button that was pressed is gone: the question is read instead.
  useEffect(() => {
    if (chosen) question.current?.focus();
  }, [chosen]);

  if (chosen === null) {
    return (
      <Stack>
        <section aria-labelledby="with-this-number">
          <Title order={3} size="sm" id="with-this-number" mb="xs">
            {t("assign.candidates")}
          </Title>
          <Loaded
            query={candidates}
            isEmpty={(found) => found.length === 0}
            empty={<Text size="sm">{t("assign.noCandidates")}</Text>}
          >
            {(found) => <People label={t("assign.candidates")} people={found} onChoose={choose} />}
          </Loaded>
        </section>
        <PatientSearch label={t("assign.search")} onChoose={choose} />
      </Stack>
    );
  }

  const already = chosen.id === seen.patient_id;
  const give = () =>
    assign.mutate(
      { patientId: chosen.id, from: seen.patient_id },
      {
        onSuccess: (given) => {
          notifications.show({ message: t("assign.done", { name: chosen.name }), color: "green" });
          onClose();
          // Of filters that it does not meet any more.
          params.delete("unmatched");
          params.delete("patient");
          void navigate(
            { pathname: `/messages/${given.id}`, search: `${params}` },
            { replace: true },
          );
        },
      },
    );
  return (
    <Stack>
      <Text ref={question} tabIndex={-1}>
        {already ? t("assign.already") : t("assign.ask", { name: chosen.name })}
      </Text>
      {sending && <Text role="status">{t("assign.sending")}</Text>}
      {assign.error && (
        <Alert color="red" role="alert">
          {text(assign.error)}
        </Alert>
      )}
      <Group justify="flex-end">
        <Button
          variant="default"
          disabled={assign.isPending}
          onClick={() => {
            assign.reset();
            see(conversation);
            choose(null);
          }}
        >
          {t("assign.other")}
        </Button>
        <Button disabled={already || sending} loading={assign.isPending} onClick={give}>
          {t("assign.confirm", { name: chosen.name })}
        </Button>
      </Group>
    </Stack>
  );
}
