import { Alert, Button, Group, Stack, Text, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useSearchParams } from "react-router";
import type { Schema } from "@/api/types";
import { Modal } from "@/components/Modal";
import { Loaded, useErrorText } from "@/components/states";
import { useAssign } from "../data/useAssign";
import { useCandidates } from "../data/useCandidates";
import { PatientSearch } from "./PatientSearch";
import { People, type Person } from "./People";

type Props = { conversation: Schema<"Conversation">; opened: boolean; onClose: () => void };

/** Say whose a conversation is: choose, be asked once more, and go where its messages are then. */
export function AssignDialog({ conversation, opened, onClose }: Props) {
  const { t } = useTranslation("messages");
  const { t: common } = useTranslation();
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={t("assign.title")}
      closeButtonProps={{ "aria-label": common("close") }}
      centered
    >
      {opened && <Choice conversation={conversation} onClose={onClose} />}
    </Modal>
  );
}

function Choice({ conversation, onClose }: Omit<Props, "opened">) {
  const { t } = useTranslation("messages");
  const text = useErrorText();
  const navigate = useNavigate();
  const [params] = useSearchParams();
  const [chosen, choose] = useState<Person | null>(null);
  const candidates = useCandidates(conversation.id, true);
  const assign = useAssign(conversation);

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

  const already = chosen.id === conversation.patient_id;
  const give = () =>
    assign.mutate(chosen.id, {
      onSuccess: (given) => {
        notifications.show({ message: t("assign.done", { name: chosen.name }), color: "green" });
        onClose();
        params.delete("unmatched");
        void navigate(
          { pathname: `/messages/${given.id}`, search: `${params}` },
          { replace: true },
        );
      },
    });
  return (
    <Stack>
      <Text>{already ? t("assign.already") : t("assign.ask", { name: chosen.name })}</Text>
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
            choose(null);
          }}
        >
          {t("assign.other")}
        </Button>
        <Button data-autofocus disabled={already} loading={assign.isPending} onClick={give}>
          {t("assign.confirm", { name: chosen.name })}
        </Button>
      </Group>
    </Stack>
  );
}
