import {
  Alert,
  Button,
  Checkbox,
  CopyButton,
  Group,
  NumberInput,
  Stack,
  Text,
  Textarea,
  TextInput,
} from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, unwrap } from "@/api/client";
import { isUnsure } from "@/api/problem";
import type { Patient } from "@/api/types";
import { useHold } from "@/components/LeaveGuard";
import { useErrorText } from "@/components/states";
import { useAction } from "@/components/useAction";
import { Dialog } from "@/features/records/dialog/Dialog";
import { useInviteChanged } from "./invites";
import { nameOf } from "./patients";

const DAYS = 14;
const MOST_DAYS = 90;

/** Invite a patient by e-mail, or by a link that is handed over. */
export function InviteDialog({ patient, onClose }: { patient: Patient; onClose: () => void }) {
  const { t } = useTranslation("people");
  const { t: common } = useTranslation();
  const errorText = useErrorText();
  const changed = useInviteChanged(patient.id);
  const email = patient.email ?? "";
  const [message, setMessage] = useState("");
  const [days, setDays] = useState<string | number>(DAYS);
  const [byMail, setByMail] = useState(email !== "");
  const invite = useAction({
    mutationFn: () =>
      unwrap(
        api.POST("/api/v1/generate_invite", {
          body: {
            patient_id: patient.id,
            message,
            send_email: byMail,
            expires_in_days: Number(days) || DAYS,
          },
        }),
      ),
    onSuccess: ({ link }) => {
      if (link) return;
      notifications.show({ message: t("invite.sent") });
      onClose();
    },
    onSettled: changed,
  });
  useHold(() => message.trim() !== "" && !invite.data);
  const link = invite.data?.link;
  const unknown = isUnsure(invite.error);
  return (
    <Dialog title={t("invite.dialog", { name: nameOf(patient) })} onClose={onClose}>
      {link ? (
        <Stack>
          <TextInput
            label={t("invite.link")}
            description={t("invite.linkHint")}
            value={link}
            readOnly
          />
          <Group justify="flex-end">
            <CopyButton value={link}>
              {({ copied, copy }) => (
                <Button variant="default" onClick={copy}>
                  {t(copied ? "invite.copied" : "invite.copy")}
                </Button>
              )}
            </CopyButton>
            <Button onClick={onClose}>{common("close")}</Button>
          </Group>
        </Stack>
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            invite.run();
          }}
        >
          <Stack>
            <Textarea
              label={t("invite.message")}
              maxLength={2000}
              autosize
              minRows={2}
              value={message}
              onChange={(event) => setMessage(event.currentTarget.value)}
            />
            <NumberInput
              label={t("invite.days")}
              min={1}
              max={MOST_DAYS}
              allowDecimal={false}
              value={days}
              onChange={setDays}
            />
            {email ? (
              <Checkbox
                label={t("invite.byMail", { email })}
                checked={byMail}
                onChange={(event) => setByMail(event.currentTarget.checked)}
              />
            ) : (
              <Text size="sm">{t("invite.noMail")}</Text>
            )}
            {invite.error && (
              <Alert color={unknown ? "orange" : "red"} role="alert">
                {unknown ? t("invite.unknown") : errorText(invite.error)}
              </Alert>
            )}
            <Group justify="flex-end">
              <Button variant="default" onClick={onClose}>
                {common("cancel")}
              </Button>
              <Button type="submit" loading={invite.isPending} disabled={unknown}>
                {t("invite.invite")}
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Dialog>
  );
}
