import { Anchor, Button, Stack, Text, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "react-router";
import { ApiError } from "@/api/problem";
import { ask } from "./allauth";
import { focusOn } from "./focusOn";
import { emailOf } from "./handedOn";
import { Problem } from "./Problem";
import { useLoginErrorText } from "./useLoginErrorText";

/** Ask for the e-mail with the link. Whether the address is known is told to nobody. */
export function AskForLink() {
  const { t } = useTranslation("session");
  const text = useLoginErrorText();
  const { state } = useLocation();
  const [email, setEmail] = useState(() => emailOf(state));
  const field = useRef<HTMLInputElement>(null);
  const request = useMutation({
    // 401: allauth's answer where a code is to be entered next; it is sent by the link here.
    mutationFn: () =>
      ask("POST", "auth/password/request", { body: { email: email.trim() }, expect: [401] }),
    onError: () => focusOn(field.current),
  });
  const fields = request.error instanceof ApiError ? request.error.fields : {};
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!request.isPending) request.mutate();
  };
  const back = (
    <Anchor component={Link} to="/sign-in" state={{ email }} size="sm">
      {t("backToSignIn")}
    </Anchor>
  );
  if (request.isSuccess)
    return (
      <Stack>
        <Problem good>{t("forgotten.sent", { email: email.trim() })}</Problem>
        <Text size="sm">{t("forgotten.nothing")}</Text>
        <Button variant="default" onClick={() => request.reset()}>
          {t("forgotten.again")}
        </Button>
        {back}
      </Stack>
    );
  return (
    <form onSubmit={submit}>
      <Stack>
        <Text>{t("forgotten.hint")}</Text>
        {request.isError && !fields.email && <Problem>{text(request.error)}</Problem>}
        <TextInput
          ref={field}
          label={t("email")}
          type="email"
          name="email"
          autoComplete="username"
          autoFocus
          required
          value={email}
          error={fields.email}
          onChange={(event) => setEmail(event.currentTarget.value)}
        />
        <Button type="submit" size="md" loading={request.isPending}>
          {t("forgotten.send")}
        </Button>
        {back}
      </Stack>
    </form>
  );
}
