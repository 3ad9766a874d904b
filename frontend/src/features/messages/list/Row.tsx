import { Badge, Group, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Schema } from "@/api/types";
import classes from "../messages.module.css";
import type { Times } from "../times";

type Props = {
  conversation: Schema<"Conversation">;
  to: string;
  current: boolean;
  times: Times;
};

/** A conversation in the list: with whom, when and what was last said, and how much is unread. */
export function Row({ conversation, to, current, times }: Props) {
  const { t } = useTranslation("messages");
  const { last_message: last, last_message_at: at, unread_count: unread } = conversation;
  const today = at !== null && times.dayKey(at) === times.dayKey(Date.now());
  return (
    <Link className={classes.row} to={to} aria-current={current ? "page" : undefined}>
      <Group justify="space-between" wrap="nowrap" gap="xs">
        <Text fw={unread > 0 ? 700 : 500} truncate component="span">
          {conversation.patient_name || conversation.phone || conversation.email}
        </Text>
        {at && (
          <Text size="xs" c="dimmed" component="time" dateTime={at} style={{ flexShrink: 0 }}>
            {today ? times.hour(at) : times.short(at)}
          </Text>
        )}
      </Group>
      <Group justify="space-between" wrap="nowrap" gap="xs">
        <Text size="sm" c="dimmed" truncate component="span">
          <Beginning last={last} />
        </Text>
        {unread > 0 && (
          <Badge
            size="sm"
            circle={unread < 10}
            aria-label={t("list.unreadCount", { count: unread })}
            role="img"
          >
            {unread}
          </Badge>
        )}
      </Group>
      <Group gap={6}>
        {conversation.patient_id === null && (
          <Badge
            size="xs"
            color="yellow"
            variant="light"
            autoContrast={false}
            c="var(--mantine-color-text)"
          >
            {t("list.nobody")}
          </Badge>
        )}
        {conversation.opted_out && (
          <Badge size="xs" color="gray" variant="light" c="var(--mantine-color-text)">
            {t("list.optedOut")}
          </Badge>
        )}
      </Group>
    </Link>
  );
}

const WRONG = ["failed", "undelivered", "unclear"] as const;

function Beginning({ last }: { last: Schema<"LastMessage"> | null }) {
  const { t } = useTranslation("messages");
  if (last === null) return null;
  const text = last.text || t("list.pictures");
  const wrong = WRONG.find((one) => one === last.status);
  if (wrong) return `${t(`lastStatus.${wrong}`)}: ${text}`;
  return last.direction === "outbound" ? t("list.you", { text }) : text;
}
