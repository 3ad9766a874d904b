import { Button, Center, Text } from "@mantine/core";
import { IconMessagePlus } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { useSession } from "@/app/session";
import { lazily } from "@/components/lazily";
import { Over } from "@/components/Over";
import { PageHead } from "@/components/PageHead";
import { ForbiddenState } from "@/components/states";
import { useConversations } from "./data/useConversations";
import { ConversationList } from "./list/ConversationList";
import { useListFilters } from "./list/useListFilters";
import classes from "./messages.module.css";
import { NewPane } from "./thread/NewPane";
import { ThreadPane } from "./thread/ThreadPane";

const NewMessageDialog = lazily(
  async () => (await import("./assign/NewMessageDialog")).NewMessageDialog,
);

/** Conversations with patients: the list and, beside it or in its place on a phone, one of them. */
export default function MessagesPage() {
  const { t } = useTranslation("messages");
  const { can } = useSession();
  const may = can("messages.view");
  return (
    <>
      <PageHead title={t("title")}>{may && can("messages.add") && <NewMessage />}</PageHead>
      {may ? <Messages /> : <ForbiddenState />}
    </>
  );
}

function Messages() {
  const { t } = useTranslation("messages");
  const { id } = useParams();
  const filtered = useListFilters();
  const conversations = useConversations(filtered.filters);
  const { patient } = filtered.filters;
  const open = id !== undefined || patient !== "";
  // Back to the list: not to one patient's, which would lead here again.
  const back = new URLSearchParams(filtered.search);
  back.delete("patient");
  const address = `/messages${back.size > 0 ? `?${back}` : ""}`;
  return (
    <div className={classes.page} data-open={open || undefined}>
      <ConversationList filtered={filtered} conversations={conversations} current={id ?? ""} />
      <div className={classes.main}>
        {id !== undefined ? (
          <ThreadPane key={id} id={id} back={address} />
        ) : patient ? (
          <NewPane key={patient} patientId={patient} back={address} />
        ) : (
          <Center flex={1}>
            <Text c="dimmed">{t("chooseOne")}</Text>
          </Center>
        )}
      </div>
    </div>
  );
}

function NewMessage() {
  const { t } = useTranslation("messages");
  const [opened, setOpened] = useState(false);
  return (
    <>
      <Button
        leftSection={<IconMessagePlus size={18} aria-hidden />}
        onClick={() => setOpened(true)}
      >
        {t("newMessage")}
      </Button>
      <Over when={opened}>
        <NewMessageDialog opened={opened} onClose={() => setOpened(false)} />
      </Over>
    </>
  );
}
