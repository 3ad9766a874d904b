import { Button, Stack, Text, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "@/api/problem";
import { focusOn } from "./focusOn";
import { Problem } from "./Problem";
import { endSession, sendCode } from "./signingIn";
import { useLoginErrorText } from "./useLoginErrorText";

type Props = { onDone: () => void; onBack: (error?: unknown) => void };

/** The second factor: a code of the telephone's app, or a recovery code. */
export function CodeStep({ onDone, onBack }: Props) {
  const { t } = useTranslation("session");
  const text = useLoginErrorText();
  const [code, setCode] = useState("");
  const field = useRef<HTMLInputElement>(null);
  const check = useMutation({
    mutationFn: () => sendCode(code),
    onSuccess: onDone,
    onError: (error) => {
      // The first step has run out meanwhile: there is nothing here to show a code for.
      if (error instanceof ApiError && [401, 409].includes(error.status)) onBack(error);
      else focusOn(field.current);
    },
  });
  const back = useMutation({ mutationFn: endSession, onSettled: () => onBack() });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!check.isPending) check.mutate();
  };
  const wrong = check.error instanceof ApiError && check.error.status === 400;
  return (
    <form onSubmit={submit}>
      <Stack>
        <Text>{t("codeHint")}</Text>
        {check.isError && !wrong && <Problem>{text(check.error)}</Problem>}
        <TextInput
          ref={field}
          label={t("code")}
          name="code"
          autoComplete="one-time-code"
          inputMode="numeric"
          autoFocus
          required
          value={code}
          error={wrong && text(check.error)}
          onChange={(event) => setCode(event.currentTarget.value)}
        />
        <Button type="submit" size="md" loading={check.isPending}>
          {t("goOn")}
        </Button>
        <Button variant="subtle" loading={back.isPending} onClick={() => back.mutate()}>
          {t("startOver")}
        </Button>
      </Stack>
    </form>
  );
}
