import { Badge, type MantineSize, Skeleton, Text, UnstyledButton } from "@mantine/core";
import { IconPaperclip } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import type { EntityType } from "../types";
import classes from "./FileCountBadge.module.css";

export type FileCountBadgeProps = {
  /** None: it is not known, which is never shown as 0. */
  count: number | undefined;
  entityType: EntityType;
  variant?: "badge" | "text" | "icon";
  size?: Extract<MantineSize, "xs" | "sm" | "md" | "lg">;
  loading?: boolean;
  onClick?: (() => void) | undefined;
};

const ICON = { xs: 12, sm: 14, md: 16, lg: 20 };

/** How many documents a record has; with `onClick` a button that opens them. */
export function FileCountBadge(props: FileCountBadgeProps) {
  const { count, entityType, variant = "badge", size = "sm", loading = false, onClick } = props;
  const { t } = useTranslation();
  const name = nameOf();
  const look = <Look {...{ count, variant, size, name }} />;

  function nameOf(): string {
    if (loading) return t("counts.loading");
    return count === undefined ? t("counts.unknown") : t("counts.documents", { count });
  }

  const shown = (
    <Skeleton visible={loading} className={classes.frame} data-variant={variant} component="span">
      {look}
    </Skeleton>
  );
  const shared = { className: classes.count, title: name, "data-entity-type": entityType };
  if (!onClick) {
    return (
      <span {...shared} role="img" aria-label={name} aria-busy={loading}>
        {shown}
      </span>
    );
  }
  return (
    <UnstyledButton {...shared} aria-label={name} aria-busy={loading} onClick={onClick}>
      {shown}
    </UnstyledButton>
  );
}

type LookProps = Required<Pick<FileCountBadgeProps, "variant" | "size">> & {
  count: number | undefined;
  name: string;
};

function Look({ count, variant, size, name }: LookProps) {
  const number = count === undefined ? "–" : String(count);
  const icon = <IconPaperclip size={ICON[size]} aria-hidden />;
  if (variant === "text") {
    return (
      <Text component="span" size={size}>
        {count === undefined ? number : name}
      </Text>
    );
  }
  if (variant === "icon") {
    return (
      <Text component="span" size={size} className={classes.icon}>
        {icon}
        {number}
      </Text>
    );
  }
  return (
    <Badge component="span" size={size} variant="default" leftSection={icon}>
      {number}
    </Badge>
  );
}
