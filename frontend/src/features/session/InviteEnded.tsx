import { Button, Stack } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { ApiError } from "@/api/problem";
import { Problem } from "./Problem";

/** An invite that can no longer be used: how it ended, and what to do. */
export function InviteEnded({ error }: { error: ApiError }) {
  const { t } = useTranslation("session");
  const used = error.code === "invite_used";
  return (
    <Stack>
      <Problem>
        {used && t("invite.used")}
        {error.code === "invite_expired" && t("invite.expired")}
        {error.code === "invite_revoked" && t("invite.revoked")}
        {!/^invite_(used|expired|revoked)$/.test(error.code) && error.message}
      </Problem>
      {used && (
        <Button component={Link} to="/sign-in">
          {t("signIn")}
        </Button>
      )}
    </Stack>
  );
}
