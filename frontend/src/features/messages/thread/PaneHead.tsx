import { ActionIcon, Group } from "@mantine/core";
import { IconArrowLeft } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import classes from "../messages.module.css";

type Props = { back: string; children?: ReactNode; actions?: ReactNode };

/** Above whatever stands in the place of a conversation: on a phone, the way back to the list. */
export function PaneHead({ back, children, actions }: Props) {
  const { t } = useTranslation("messages");
  return (
    <Group
      className={classes.head}
      justify="space-between"
      wrap="nowrap"
      hiddenFrom={children ? undefined : "sm"}
    >
      <Group gap="xs" wrap="nowrap" miw={0}>
        <ActionIcon
          component={Link}
          to={back}
          variant="subtle"
          color="gray"
          hiddenFrom="sm"
          size="lg"
          aria-label={t("back")}
        >
          <IconArrowLeft size={20} aria-hidden />
        </ActionIcon>
        {children}
      </Group>
      {actions}
    </Group>
  );
}
