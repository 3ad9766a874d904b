import { Anchor, Group, Text } from "@mantine/core";
import {
  IconClipboardHeart,
  IconFile,
  IconFlask,
  IconMailForward,
  IconMessage,
  IconReport,
  IconShieldHeart,
  IconStethoscope,
  IconVaccine,
} from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Schema } from "@/api/types";
import { toClock } from "@/components/clock";
import { useDates } from "@/components/useDates";
import { isTimelineKind, type TimelineKind } from "./timelineKinds";

const ICONS: Record<TimelineKind, typeof IconFile> = {
  medical_record: IconClipboardHeart,
  visit: IconStethoscope,
  procedure: IconVaccine,
  lab_result: IconFlask,
  insurance: IconShieldHeart,
  document: IconFile,
  at_report: IconReport,
  message: IconMessage,
  invite: IconMailForward,
};

/** The pages of records by kind; what has none is a line without a link. */
const PAGES: Partial<Record<TimelineKind, string>> = {
  medical_record: "medical-records",
  visit: "visits",
  procedure: "procedures",
  lab_result: "lab-results",
  insurance: "insurances",
};

type Props = { entry: Schema<"Timeline">; patientId: string };

/** One thing that happened, with the way to it. */
export function TimelineEntry({ entry, patientId }: Props) {
  const { t } = useTranslation("people");
  const { zone } = useDates();
  const kind = isTimelineKind(entry.kind) ? entry.kind : null;
  const Icon = kind ? ICONS[kind] : IconFile;
  const page = kind && PAGES[kind];
  const to = page
    ? `/${page}/${entry.id}`
    : kind === "document"
      ? `/patients/${patientId}/documents?document=${entry.id}`
      : kind === "message"
        ? `/messages?patient=${patientId}`
        : null;
  return (
    <Group component="li" gap="sm" wrap="nowrap" align="flex-start">
      <Icon size={18} aria-hidden style={{ flex: "none", marginTop: 3 }} />
      <div style={{ minWidth: 0 }}>
        <Text style={{ overflowWrap: "anywhere" }}>
          {to ? (
            <Anchor component={Link} to={to}>
              {entry.title}
            </Anchor>
          ) : (
            entry.title
          )}
        </Text>
        <Text size="sm" c="dimmed">
          {[kind ? t(`timeline.one.${kind}`) : entry.kind, toClock(entry.at, zone).slice(11)]
            .filter((part) => part !== "00:00")
            .join(" · ")}
        </Text>
      </div>
    </Group>
  );
}
