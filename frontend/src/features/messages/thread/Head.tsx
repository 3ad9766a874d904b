import { ActionIcon, Anchor, Badge, Menu, Text, Title } from "@mantine/core";
import { IconDots, IconMail, IconUserShare } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Schema } from "@/api/types";
import { useSession } from "@/app/session";
import { PaneHead } from "./PaneHead";

type Props = {
  conversation: Schema<"Conversation">;
  name: string;
  back: string;
  canMarkUnread: boolean;
  onMarkUnread: () => void;
  onAssign: () => void;
};

/** Whose conversation it is, and what can be done with all of it. */
export function Head({ conversation, name, back, canMarkUnread, onMarkUnread, onAssign }: Props) {
  const { t } = useTranslation("messages");
  const { can } = useSession();
  const { patient_id: patientId, phone, email } = conversation;
  return (
    <PaneHead
      back={back}
      actions={
        can("messages.change") && (
          <More
            patientId={patientId}
            canMarkUnread={canMarkUnread}
            onMarkUnread={onMarkUnread}
            onAssign={onAssign}
          />
        )
      }
    >
      <div style={{ minWidth: 0 }}>
        <Title order={2} size="h4" lineClamp={1}>
          {name}
        </Title>
        <Text size="xs" c="dimmed" component="div">
          {patientId ? phone || email : t("list.nobody")}
          {patientId && (
            <>
              {" · "}
              <Anchor component={Link} to={`/patients/${patientId}`} size="xs" underline="always">
                {t("thread.patientPage")}
              </Anchor>
            </>
          )}
          {conversation.opted_out && (
            <Badge size="xs" color="red" variant="light" ml="xs">
              {t("list.optedOut")}
            </Badge>
          )}
        </Text>
      </div>
    </PaneHead>
  );
}

type MoreProps = Pick<Props, "canMarkUnread" | "onMarkUnread" | "onAssign"> & {
  patientId: string | null;
};

function More({ patientId, canMarkUnread, onMarkUnread, onAssign }: MoreProps) {
  const { t } = useTranslation("messages");
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t("thread.more")}>
          <IconDots size={20} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item
          leftSection={<IconMail size={16} aria-hidden />}
          disabled={!canMarkUnread}
          onClick={onMarkUnread}
        >
          {t("thread.markUnread")}
        </Menu.Item>
        <Menu.Item leftSection={<IconUserShare size={16} aria-hidden />} onClick={onAssign}>
          {t(patientId ? "thread.giveAway" : "assign.open")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
