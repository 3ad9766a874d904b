import {
  IconAlertCircle,
  IconBan,
  IconCheck,
  IconChecks,
  IconClock,
  IconHelpCircle,
  IconHourglassEmpty,
  IconPencil,
} from "@tabler/icons-react";
import type { ComponentType } from "react";
import { useTranslation } from "react-i18next";
import type { Schema } from "@/api/types";
import type { ThreadMessage } from "../data/order";
import type { Times } from "../times";

type Icon = ComponentType<{ size?: number | string; "aria-hidden"?: boolean }>;

const ICONS: Partial<Record<Schema<"MessageStatus">, Icon>> = {
  draft: IconPencil,
  scheduled: IconClock,
  queued: IconHourglassEmpty,
  sending: IconHourglassEmpty,
  sent: IconCheck,
  delivered: IconChecks,
  read: IconChecks,
  unclear: IconHelpCircle,
  undelivered: IconAlertCircle,
  failed: IconAlertCircle,
  canceled: IconBan,
};

/** How far a message has come, in words; the sign beside them is only for the eye. */
export function Status({ message, times }: { message: ThreadMessage; times: Times }) {
  const { t } = useTranslation("messages");
  const Icon = ICONS[message.status];
  const when = message.scheduled_at ? times.moment(message.scheduled_at) : "";
  return (
    <span>
      {Icon && <Icon size={14} aria-hidden />} {t(`status.${message.status}`, { when })}
    </span>
  );
}
