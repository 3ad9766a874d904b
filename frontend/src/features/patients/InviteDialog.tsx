import { Button, Group, NumberInput, Stack, Text, Textarea } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, isUnsure } from "@/api/problem";
import type { Patient } from "@/api/types";
import { useHold } from "@/components/LeaveGuard";
import { Modal } from "@/components/Modal";
import { useErrorText } from "@/components/states";
import { Problem } from "@/features/session/Problem";
import { InviteResults } from "./InviteResults";
import { nameOf } from "./people";
import { MOST_AT_ONCE, useInvite } from "./useInvite";

type Props = { patients: Patient[]; onClose: () => void; onDone: () => void };

/** Invite one or many to logins of their own, and say of each what became of it. */
export function InviteDialog({ patients, onClose, onDone }: Props) {
  const { t } = useTranslation("patients");
  const common = useTranslation().t;
  const text = useErrorText();
  const [message, setMessage] = useState("");
  const [days, setDays] = useState<number | string>(14);
  const invite = useInvite(patients, onDone);
  useHold(() => message.trim() !== "" && !invite.data);
  const [first] = patients;
  const name = patients.length === 1 && first ? nameOf(first) : "";
  const tooMany = patients.length > MOST_AT_ONCE;
  const fields = invite.error instanceof ApiError ? invite.error.fields : {};
  const told = fields.message || fields.expires_in_days;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!invite.isPending && !tooMany) invite.mutate({ message, days: Number(days) || 14 });
  };
  return (
    <Modal
      opened
      onClose={() => {
        if (!invite.isPending) onClose(); // who was refused is still to come
      }}
      closeOnClickOutside={false}
      size="lg"
      title={name ? t("inviteOne", { name }) : t("inviteMany", { count: patients.length })}
      closeButtonProps={{ "aria-label": common("close") }}
    >
      {invite.data ? (
        <InviteResults patients={patients} results={invite.data} onClose={onClose} />
      ) : (
        <form onSubmit={submit}>
          <Stack>
            <Text size="sm">{t("inviteHint")}</Text>
            {tooMany && <Problem>{t("tooMany", { count: MOST_AT_ONCE })}</Problem>}
            {invite.isError && !told && (
              <Problem>{isUnsure(invite.error) ? t("inviteUnsure") : text(invite.error)}</Problem>
            )}
            <Textarea
              label={t("message")}
              description={t("messageHint")}
              data-autofocus
              rows={4}
              maxLength={2000}
              value={message}
              error={fields.message}
              onChange={(event) => setMessage(event.currentTarget.value)}
            />
            <NumberInput
              label={t("days")}
              min={1}
              max={90}
              allowDecimal={false}
              clampBehavior="blur"
              required
              value={days}
              error={fields.expires_in_days}
              onChange={setDays}
              hideControls
            />
            <Group justify="flex-end">
              <Button variant="default" onClick={onClose}>
                {common("cancel")}
              </Button>
              <Button type="submit" loading={invite.isPending} disabled={tooMany}>
                {t("send")}
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
}
