import { Badge } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Patient } from "@/api/types";

const STATUS = { active: "teal", inactive: "gray", archived: "gray", deceased: "dark" } as const;
const INVITE = {
  none: "gray",
  pending: "blue",
  expired: "orange",
  accepted: "teal",
  revoked: "gray",
} as const;

export function StatusBadge({ status = "active" }: Pick<Patient, "status">) {
  const { t } = useTranslation("patients");
  return (
    <Badge variant="dot" color={STATUS[status]} tt="none">
      {t(`statuses.${status}`)}
    </Badge>
  );
}

export function InviteBadge({ invite_state: state = "none" }: Pick<Patient, "invite_state">) {
  const { t } = useTranslation("patients");
  return (
    <Badge variant="dot" color={INVITE[state]} tt="none">
      {t(`invites.${state}`)}
    </Badge>
  );
}
