import { Button, Stack, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "@/api/problem";
import { Modal } from "@/components/Modal";
import { ask } from "@/features/session/allauth";
import { focusOn } from "@/features/session/focusOn";
import { PasswordField } from "@/features/session/PasswordField";
import { Problem } from "@/features/session/Problem";
import { useLoginErrorText } from "@/features/session/useLoginErrorText";

type Props = { ways: string[]; onAnswer: (again: boolean) => void };

/** Show once more who it is: by the password, or where that is not offered by a code. */
export function ReauthenticateDialog({ ways, onAnswer }: Props) {
  const { t } = useTranslation("session");
  const common = useTranslation().t;
  const text = useLoginErrorText();
  const byPassword = ways.includes("reauthenticate");
  const [typed, setTyped] = useState("");
  const field = useRef<HTMLInputElement>(null);
  const confirm = useMutation({
    mutationFn: () =>
      byPassword
        ? ask("POST", "auth/reauthenticate", { body: { password: typed } })
        : ask("POST", "auth/2fa/reauthenticate", { body: { code: typed.replace(/\s/g, "") } }),
    onSuccess: () => onAnswer(true),
    onError: () => focusOn(field.current),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!confirm.isPending) confirm.mutate();
  };
  const wrong = confirm.error instanceof ApiError && confirm.error.status === 400;
  const shared = {
    ref: field,
    required: true,
    value: typed,
    "data-autofocus": true,
    onChange: (event: { currentTarget: { value: string } }) => setTyped(event.currentTarget.value),
  };
  return (
    <Modal
      opened
      onClose={() => onAnswer(false)}
      title={t("reauthenticate.title")}
      closeButtonProps={{ "aria-label": common("close") }}
    >
      <form onSubmit={submit}>
        <Stack>
          {confirm.isError && !wrong && <Problem>{text(confirm.error)}</Problem>}
          {byPassword ? (
            <PasswordField
              {...shared}
              label={t("reauthenticate.password")}
              autoComplete="current-password"
              error={wrong && t("account.wrong")}
            />
          ) : (
            <TextInput
              {...shared}
              label={t("reauthenticate.code")}
              autoComplete="one-time-code"
              inputMode="numeric"
              error={wrong && t("errors.code")}
            />
          )}
          <Button type="submit" loading={confirm.isPending}>
            {t("reauthenticate.confirm")}
          </Button>
        </Stack>
      </form>
    </Modal>
  );
}
