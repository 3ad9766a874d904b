import {
  Alert,
  Button,
  Checkbox,
  Fieldset,
  Group,
  NumberInput,
  Stack,
  Text,
  Textarea,
} from "@mantine/core";
import { type Ref, useImperativeHandle, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, isUnsure } from "@/api/problem";
import type { Patient } from "@/api/types";
import { useHold } from "@/components/LeaveGuard";
import { useErrorText } from "@/components/states";
import { MOST_AT_ONCE, type Typed } from "./useInvite";

const DAYS = 14;
const MOST_DAYS = 90;

type Props = {
  patients: Patient[];
  busy: boolean;
  error: Error | null;
  onSubmit: (typed: Typed) => void;
  onClose: () => void;
  /** What the dialog around it calls to be closed: it asks first where something would be lost. */
  closer: Ref<() => void>;
};

/** What an invitation says, for how long it is open, and how it comes to the patient. */
export function InviteForm({ patients, busy, error, onSubmit, onClose, closer }: Props) {
  const { t } = useTranslation("people");
  const { t: common } = useTranslation();
  const errorText = useErrorText();
  const one = patients.length === 1 ? patients[0] : undefined;
  const email = one?.email ?? "";
  const [message, setMessage] = useState("");
  const [days, setDays] = useState<string | number>(DAYS);
  const [byMail, setByMail] = useState(email !== "");
  const leave = useHold(() => message.trim() !== "");
  const close = () => leave(onClose);
  useImperativeHandle(closer, () => close);

  const tooMany = patients.length > MOST_AT_ONCE;
  const fields = error instanceof ApiError ? error.fields : {};
  const beside = fields.message || fields.expires_in_days;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (!tooMany) onSubmit({ message, days: Number(days) || DAYS, byMail });
      }}
    >
      <Stack>
        <Fieldset variant="unstyled" disabled={busy}>
          <Stack>
            {!one && <Text size="sm">{t("invite.manyHint")}</Text>}
            <Textarea
              label={t("invite.message")}
              description={t("invite.messageHint")}
              data-autofocus
              maxLength={2000}
              autosize
              minRows={2}
              value={message}
              error={fields.message}
              onChange={(event) => setMessage(event.currentTarget.value)}
            />
            <NumberInput
              label={t("invite.days")}
              min={1}
              max={MOST_DAYS}
              allowDecimal={false}
              clampBehavior="blur"
              required
              hideControls
              value={days}
              error={fields.expires_in_days}
              onChange={setDays}
            />
            {email && (
              <Checkbox
                label={t("invite.byMail", { email })}
                checked={byMail}
                onChange={(event) => setByMail(event.currentTarget.checked)}
              />
            )}
            {one && !email && <Text size="sm">{t("invite.noMail")}</Text>}
          </Stack>
        </Fieldset>
        {tooMany && (
          <Alert color="red" role="alert">
            {t("invite.tooMany", { count: MOST_AT_ONCE })}
          </Alert>
        )}
        {error && !beside && (
          <Alert color={isUnsure(error) ? "orange" : "red"} role="alert">
            {isUnsure(error) ? t("invite.unsure") : errorText(error)}
          </Alert>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={close} disabled={busy}>
            {common("cancel")}
          </Button>
          <Button type="submit" loading={busy} disabled={tooMany}>
            {t("invite.invite")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
