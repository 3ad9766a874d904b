import { Button, Stack, Text, TextInput } from "@mantine/core";
import { type FormEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "@/api/problem";
import type { Schema } from "@/api/types";
import { useErrorText } from "@/components/states";
import { focusOn } from "./focusOn";
import { InviteEnded } from "./InviteEnded";
import { differs, NewPassword, NOTHING } from "./NewPassword";
import { Problem } from "./Problem";
import { useAcceptInvite } from "./useAcceptInvite";

type Props = { token: string; invite: Schema<"InviteView"> };

/** Make the login that somebody is invited to. */
export function AcceptInvite({ token, invite }: Props) {
  const { t } = useTranslation("session");
  const text = useErrorText();
  const [name, setName] = useState("");
  const [twice, setTwice] = useState(NOTHING);
  const field = useRef<HTMLInputElement>(null);
  const accept = useAcceptInvite(token, () => focusOn(field.current));
  const error = accept.error;
  if (error instanceof ApiError && error.status === 410) return <InviteEnded error={error} />;
  const fields = error instanceof ApiError ? error.fields : {};
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (accept.isPending || twice.password !== twice.again) return;
    accept.mutate({ name: name.trim(), password: twice.password });
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <Text>{t("invite.welcome", { name: invite.first_name, clinic: invite.clinic })}</Text>
        <Text size="sm">{t("invite.address", { email: invite.email })}</Text>
        {accept.isError && !fields.password && !fields.name && <Problem>{text(error)}</Problem>}
        <TextInput
          label={t("name")}
          description={t("invite.nameHint")}
          autoComplete="name"
          maxLength={200}
          autoFocus
          value={name}
          error={fields.name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Text size="sm">{t("invite.existing")}</Text>
        <NewPassword ref={field} value={twice} onChange={setTwice} error={fields.password} />
        <Button type="submit" size="md" loading={accept.isPending} disabled={differs(twice)}>
          {t("invite.accept")}
        </Button>
      </Stack>
    </form>
  );
}
