import { Button, Group, Stack } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "@/api/problem";
import { useSession } from "@/app/session";
import { ask } from "@/features/session/allauth";
import { focusOn } from "@/features/session/focusOn";
import { differs, NewPassword, NOTHING } from "@/features/session/NewPassword";
import { PasswordField } from "@/features/session/PasswordField";
import { Problem } from "@/features/session/Problem";
import { useLoginErrorText } from "@/features/session/useLoginErrorText";
import { Section } from "./Section";
import { useReauthentication } from "./useReauthentication";

/** Change the password; whoever else is signed in with the old one is signed out by the server. */
export function PasswordForm() {
  const { t } = useTranslation("session");
  const text = useLoginErrorText();
  const { me } = useSession();
  const [current, setCurrent] = useState("");
  const [twice, setTwice] = useState(NOTHING);
  const currentField = useRef<HTMLInputElement>(null);
  const newField = useRef<HTMLInputElement>(null);
  const { run, dialog } = useReauthentication();
  const change = useMutation({
    mutationFn: () =>
      run(() =>
        ask("POST", "account/password/change", {
          body: { current_password: current, new_password: twice.password },
        }),
      ),
    onSuccess: (answer) => {
      if (!answer) return; // asked for the password once more, and given up
      setCurrent("");
      setTwice(NOTHING);
      notifications.show({ message: t("account.changed"), color: "teal" });
    },
    onError: (error) => {
      const fields = error instanceof ApiError ? error.fields : {};
      focusOn((fields.current_password ? currentField : newField).current);
    },
  });
  const fields = change.error instanceof ApiError ? change.error.fields : {};
  const wrong = fields.current_password
    ? change.error instanceof ApiError && change.error.code === "enter_current_password"
      ? t("account.wrong")
      : fields.current_password
    : undefined;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!change.isPending && twice.password === twice.again) change.mutate();
  };
  return (
    <Section title={t("account.passwordTitle")}>
      <form onSubmit={submit}>
        <Stack>
          {change.isError && !wrong && !fields.new_password && (
            <Problem>{text(change.error)}</Problem>
          )}
          {/* For password managers: they keep the new password with its address. */}
          <input type="email" autoComplete="username" value={me.user.email} readOnly hidden />
          <PasswordField
            ref={currentField}
            label={t("account.current")}
            name="current-password"
            autoComplete="current-password"
            required
            value={current}
            error={wrong}
            onChange={(event) => setCurrent(event.currentTarget.value)}
          />
          <NewPassword
            ref={newField}
            value={twice}
            onChange={setTwice}
            error={fields.new_password}
          />
          <Group>
            <Button type="submit" loading={change.isPending} disabled={differs(twice)}>
              {t("account.change")}
            </Button>
          </Group>
        </Stack>
      </form>
      {dialog}
    </Section>
  );
}
