import { Button, Stack, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ApiError } from "@/api/problem";

type Props = { onToken: (token: string) => void; error?: ApiError | undefined };

/** For whoever came without the link, or with half of one: the code by hand. */
export function InviteCode({ onToken, error }: Props) {
  const { t } = useTranslation("session");
  const [typed, setTyped] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const token = typed.trim();
    onToken(token.slice(token.indexOf("#") + 1)); // the whole link is as good
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <TextInput
          label={t("invite.code")}
          description={t("invite.codeHint")}
          autoComplete="off"
          autoFocus
          required
          value={typed}
          error={error && (error.code === "unknown_invite" ? t("invite.unknown") : error.message)}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
        <Button type="submit" size="md">
          {t("goOn")}
        </Button>
      </Stack>
    </form>
  );
}
