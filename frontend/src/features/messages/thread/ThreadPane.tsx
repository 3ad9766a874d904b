import { Alert, Button, Group, Text, VisuallyHidden } from "@mantine/core";
import { useCallback, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schema } from "@/api/types";
import { useSession } from "@/app/session";
import { lazily } from "@/components/lazily";
import { Over } from "@/components/Over";
import { ErrorState, Loaded, LoadingState, useErrorText } from "@/components/states";
import { isRefused, isSignedOut } from "../data/refusals";
import { useConversation } from "../data/useConversation";
import { useMarkRead } from "../data/useMarkRead";
import { useThread } from "../data/useThread";
import { Closed } from "../reply/Closed";
import type { Target } from "../reply/drafts";
import { ReplyBox } from "../reply/ReplyBox";
import { Unsent } from "../reply/Unsent";
import { Head } from "./Head";
import { PaneHead } from "./PaneHead";
import { Refused } from "./Refused";
import { Said } from "./Said";
import { useArrivals } from "./useArrivals";

type Props = { id: string; back: string };

const AssignDialog = lazily(async () => (await import("../assign/AssignDialog")).AssignDialog);

/** One conversation; it is made anew for another one. */
export function ThreadPane({ id, back }: Props) {
  const { t } = useTranslation("messages");
  const conversation = useConversation(id);
  const target = useMemo<Target>(() => ({ kind: "conversation", id }), [id]);
  // It was merged into another one meanwhile, or is no longer for this member.
  if (isRefused(conversation.error)) {
    const texts = { title: t("thread.gone"), hint: t("thread.goneHint") };
    return <Refused error={conversation.error} {...texts} target={target} back={back} />;
  }
  if (conversation.data === undefined) {
    return (
      <>
        <PaneHead back={back} />
        <Loaded query={conversation}>{() => null}</Loaded>
      </>
    );
  }
  const { data, dataUpdatedAt } = conversation;
  return <Conversation conversation={data} looked={dataUpdatedAt} target={target} back={back} />;
}

type Known = {
  conversation: Schema<"Conversation">;
  /** When it was looked at last. */
  looked: number;
  target: Target;
  back: string;
};

function Conversation({ conversation, looked, target, back }: Known) {
  const { t } = useTranslation("messages");
  const text = useErrorText();
  const { can } = useSession();
  const { id } = conversation;
  const [assigning, assign] = useState(false);
  const [endInSight, setEnd] = useState(false);
  const [written, setWritten] = useState(0);
  const { history, latest, messages } = useThread(id);
  const arrived = useArrivals(messages, endInSight);
  const { markUnread, canMarkUnread } = useMarkRead(conversation, messages, endInSight, looked);
  const name = conversation.patient_name || conversation.phone || conversation.email;
  const closeAssign = useCallback(() => assign(false), []);

  return (
    <>
      <Head
        conversation={conversation}
        name={name}
        back={back}
        canMarkUnread={canMarkUnread && !markUnread.isPending}
        onMarkUnread={() => markUnread.mutate()}
        onAssign={() => assign(true)}
      />
      {conversation.patient_id === null && can("messages.change") && (
        <Alert p="xs" radius={0} color="yellow" role="note">
          <Group justify="space-between" gap="xs">
            <Text size="sm">{t("assign.banner")}</Text>
            <Button size="compact-sm" variant="default" onClick={() => assign(true)}>
              {t("assign.open")}
            </Button>
          </Group>
        </Alert>
      )}
      {markUnread.error && (
        <Alert role="alert" color="red" p="xs">
          {t("thread.actionFailed", { reason: text(markUnread.error) })}
        </Alert>
      )}
      {latest.isError && (
        <Text role="status" size="xs" px="md" c="var(--mantine-color-error)">
          {t(isSignedOut(latest.error) ? "signedOut" : "thread.refreshFailed")}
        </Text>
      )}
      <VisuallyHidden role="status">
        {arrived > 0 && t("thread.arrived", { count: arrived })}
        {markUnread.isSuccess && t("thread.markedUnread")}
      </VisuallyHidden>
      {history.data ? (
        <Said
          conversation={conversation}
          name={name}
          messages={messages}
          history={history}
          arrived={arrived}
          written={written}
          onEnd={setEnd}
        />
      ) : history.isPending ? (
        <LoadingState />
      ) : (
        <ErrorState error={history.error} onRetry={() => void history.refetch()} />
      )}
      {can("messages.add") &&
        (conversation.opted_out || !conversation.phone ? (
          <>
            <Closed reason={conversation.opted_out ? "optedOut" : "byEmail"} />
            <Unsent target={target} />
          </>
        ) : (
          <ReplyBox target={target} onSent={() => setWritten((number) => number + 1)} />
        ))}
      <Over when={assigning}>
        <AssignDialog conversation={conversation} opened={assigning} onClose={closeAssign} />
      </Over>
    </>
  );
}
