import { Badge, Text, VisuallyHidden } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useSession } from "@/app/session";
import type { ThreadMessage } from "../data/order";
import classes from "../messages.module.css";
import type { Times } from "../times";
import { Actions } from "./Actions";
import { Files, Media } from "./Files";
import { Status } from "./Status";

const WRONG = ["failed", "undelivered", "unclear"];

type Props = {
  message: ThreadMessage;
  conversationId: string;
  /** Who writes when it is not the clinic. */
  name: string;
  times: Times;
  onOpen: (documentId: string) => void;
};

/** One message: theirs on the left, ours on the right, with how far it has come. */
export function Bubble({ message, conversationId, name, times, onOpen }: Props) {
  const { t } = useTranslation("messages");
  const { can } = useSession();
  const ours = message.direction === "outbound";
  const wrong = WRONG.includes(message.status);
  return (
    <li className={classes.item} data-ours={ours || undefined} data-wrong={wrong || undefined}>
      <div className={classes.bubble}>
        <VisuallyHidden>
          {ours ? message.sent_by || t("thread.fromClinic") : t("thread.fromUnknown", { name })}:
        </VisuallyHidden>
        {message.body && (
          <Text size="sm" className={classes.text}>
            {message.body}
          </Text>
        )}
        <Files files={message.files} onOpen={onOpen} />
        <Media media={message.media} />
        <div className={classes.meta}>
          {!ours && message.read_at === null && (
            <Badge size="xs" mr={6}>
              {t("thread.new")}
            </Badge>
          )}
          <time dateTime={message.occurred_at}>{times.hour(message.occurred_at)}</time>
          {ours && message.sent_by && ` · ${message.sent_by}`}
          {ours && (
            <>
              {" · "}
              <Status message={message} times={times} />
            </>
          )}
          {ours &&
            message.segments > 1 &&
            ` · ${t("thread.segments", { count: message.segments })}`}
        </div>
        {wrong && message.error && (
          <Text size="xs" fw={600}>
            {message.error}
          </Text>
        )}
        {ours && can("messages.change") && (
          <Actions message={message} conversationId={conversationId} />
        )}
      </div>
    </li>
  );
}
