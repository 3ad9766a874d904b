import { Alert, Anchor } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { ApiError, isUnsure } from "@/api/problem";
import { useSession } from "@/app/session";
import { useErrorText } from "@/components/states";
import { isSignedOut } from "../data/refusals";
import { ChangedError, PictureError, SentBeforeError } from "./sendErrors";

const GATEWAYS = "/admin/sms_integration/gateway/";
const BESIDE_THEIR_FIELD = ["body", "template_id", "scheduled_at"];

/** Why nothing was sent, where no field of the box says it. */
export function SendError({ error }: { error: unknown }) {
  const { t } = useTranslation("messages");
  const { can } = useSession();
  const text = useSendErrorText()(error);
  const unconnected = error instanceof ApiError && error.code === "no_gateway";
  if (text === "") return null;
  return (
    <Alert role="alert" color="red" icon={<IconAlertTriangle aria-hidden />} p="xs">
      {text}
      {unconnected && can("gateways.change") && (
        <>
          {" "}
          <Anchor href={GATEWAYS} inherit underline="always">
            {t("reply.connect")}
          </Anchor>
        </>
      )}
    </Alert>
  );
}

function useSendErrorText() {
  const { t } = useTranslation("messages");
  const { t: shared } = useTranslation();
  const { can } = useSession();
  const common = useErrorText();
  return (error: unknown): string => {
    if (error === null || error === undefined || error instanceof PictureError) return "";
    if (isUnsure(error)) return t("reply.unknownOutcome");
    if (error instanceof SentBeforeError) return t("reply.draftGone");
    if (error instanceof ChangedError) return t("reply.changed");
    if (error instanceof ApiError) {
      if (isSignedOut(error)) return t("signedOut");
      if (error.status === 403) return `${error.message} ${shared("states.forbiddenHint")}`;
      if (error.status === 404) return `${t("thread.gone")} ${t("thread.goneHint")}`;
      if (error.code === "no_gateway")
        return t(can("gateways.change") ? "reply.noGateway" : "reply.noGatewayAsk");
      const fields = Object.keys(error.fields);
      if (fields.some((field) => BESIDE_THEIR_FIELD.includes(field))) return "";
    }
    return common(error);
  };
}
