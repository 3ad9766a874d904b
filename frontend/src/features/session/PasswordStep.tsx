import { Anchor, Button, Stack, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { ApiError } from "@/api/problem";
import { focusOn } from "./focusOn";
import { PasswordField } from "./PasswordField";
import { Problem } from "./Problem";
import { type Step, signIn } from "./signingIn";
import { useLoginErrorText } from "./useLoginErrorText";

type Props = {
  email: string;
  onEmail: (email: string) => void;
  onStep: (step: Step) => void;
  forgotten: "here" | "apart";
};

/** E-mail address and password. */
export function PasswordStep({ email, onEmail, onStep, forgotten }: Props) {
  const { t } = useTranslation("session");
  const text = useLoginErrorText();
  const [password, setPassword] = useState("");
  const emailRef = useRef<HTMLInputElement>(null);
  const passwordRef = useRef<HTMLInputElement>(null);
  const problem = useRef<HTMLDivElement>(null);
  const login = useMutation({
    mutationFn: () => signIn(email.trim(), password),
    onSuccess: onStep,
    onError: (error) => {
      const mistyped = error instanceof ApiError && error.status === 400;
      if (mistyped && error.fields.email) emailRef.current?.focus();
      else if (mistyped) focusOn(passwordRef.current);
      else setTimeout(() => problem.current?.focus());
    },
  });
  const fields = login.error instanceof ApiError ? login.error.fields : {};
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!login.isPending) login.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        {login.isError && (
          <Problem ref={problem}>{fields.email ? t("errors.mend") : text(login.error)}</Problem>
        )}
        <TextInput
          ref={emailRef}
          label={t("email")}
          type="email"
          name="email"
          autoComplete="username"
          autoFocus={email === ""}
          data-autofocus={email === "" || undefined}
          required
          value={email}
          error={fields.email}
          onChange={(event) => onEmail(event.currentTarget.value)}
        />
        <PasswordField
          ref={passwordRef}
          label={t("password")}
          name="password"
          autoComplete="current-password"
          autoFocus={email !== ""}
          data-autofocus={email !== "" || undefined}
          required
          value={password}
          error={login.isError && Boolean(fields.password)}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        <Button type="submit" size="md" loading={login.isPending}>
          {t("signIn")}
        </Button>
        <Anchor
          component={Link}
          to="/forgot-password"
          state={{ email }}
          size="sm"
          {...(forgotten === "apart" && { target: "_blank", rel: "noopener" })}
        >
          {t(forgotten === "apart" ? "forgotApart" : "forgot")}
        </Anchor>
      </Stack>
    </form>
  );
}
