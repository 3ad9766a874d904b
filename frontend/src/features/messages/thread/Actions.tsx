import { Button, Group, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useErrorText } from "@/components/states";
import type { ThreadMessage } from "../data/order";
import { type Action, useMessageActions } from "../data/useMessageActions";

const ACTIONS: Partial<Record<ThreadMessage["status"], [Action, Label][]>> = {
  draft: [["cancel", "discard"]],
  scheduled: [["cancel", "cancel"]],
  queued: [["cancel", "cancel"]],
  failed: [["retry", "retry"]],
  undelivered: [["retry", "retry"]],
  unclear: [
    ["wasSent", "wasSent"],
    ["sendAgain", "sendAgain"],
  ],
};
type Label = "discard" | "cancel" | "retry" | "wasSent" | "sendAgain";

type Props = { message: ThreadMessage; conversationId: string };

/** What can be done with a message that has not arrived. */
export function Actions({ message, conversationId }: Props) {
  const { t } = useTranslation("messages");
  const text = useErrorText();
  const { mutate, isPending, variables, error } = useMessageActions(conversationId);
  const actions = ACTIONS[message.status] ?? [];
  return (
    <>
      {message.status === "unclear" && <Text size="xs">{t("action.settleHint")}</Text>}
      {actions.length > 0 && (
        <Group gap="xs" mt={4}>
          {actions.map(([action, label]) => (
            <Button
              key={action}
              size="compact-xs"
              variant="default"
              disabled={isPending}
              loading={isPending && variables.action === action}
              onClick={() => mutate({ id: message.id, action })}
            >
              {t(`action.${label}`)}
            </Button>
          ))}
        </Group>
      )}
      {error && (
        <Text size="xs" fw={600} role="alert">
          {t("thread.actionFailed", { reason: text(error) })}
        </Text>
      )}
    </>
  );
}
