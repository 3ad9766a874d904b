import { Alert, Anchor } from "@mantine/core";
import { IconMessageOff } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

type Props = {
  reason: "optedOut" | "byEmail" | "noPhone" | "notReachable";
  patientId?: string;
};

/** In the place of the box, where nothing can be written: why, and what to do. */
export function Closed({ reason, patientId }: Props) {
  const { t } = useTranslation("messages");
  return (
    <Alert icon={<IconMessageOff aria-hidden />} color="gray" role="note" m="sm">
      {t(`reply.${reason}`)}{" "}
      {patientId && (
        <Anchor component={Link} to={`/patients/${patientId}`} underline="always">
          {t("reply.patientLink")}
        </Anchor>
      )}
    </Alert>
  );
}
