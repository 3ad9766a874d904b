import { Button, Stack } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { type FormEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { ApiError } from "@/api/problem";
import { ErrorState, LoadingState } from "@/components/states";
import { ask } from "./allauth";
import { focusOn } from "./focusOn";
import { differs, NewPassword, NOTHING } from "./NewPassword";
import { Problem } from "./Problem";
import { useLoginErrorText } from "./useLoginErrorText";

type Whose = { user?: { email?: string } };

/** Behind the link of the e-mail: choose another password, once. */
export function ChoosePassword({ linkKey }: { linkKey: string }) {
  const { t } = useTranslation("session");
  const text = useLoginErrorText();
  const navigate = useNavigate();
  const [twice, setTwice] = useState(NOTHING);
  const field = useRef<HTMLInputElement>(null);
  const whose = useQuery({
    queryKey: ["password-link", linkKey],
    queryFn: ({ signal }) =>
      ask<Whose>("GET", "auth/password/reset", {
        headers: { "X-Password-Reset-Key": linkKey },
        signal,
      }),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  const reset = useMutation({
    mutationFn: () =>
      ask("POST", "auth/password/reset", {
        body: { key: linkKey, password: twice.password },
        expect: [401], // changed, and not signed in by that
      }),
    onSuccess: () => {
      const state = { email: whose.data?.data?.user?.email ?? "", changed: true };
      void navigate("/sign-in", { replace: true, state });
    },
    onError: () => focusOn(field.current),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!reset.isPending && twice.password === twice.again) reset.mutate();
  };
  const fields = reset.error instanceof ApiError ? reset.error.fields : {};
  const error = whose.error ?? (fields.key ? reset.error : null);
  if (whose.isPending) return <LoadingState />;
  if (error instanceof ApiError && error.status < 429)
    return (
      <Stack>
        <Problem>{t("choose.gone")}</Problem>
        <Button component={Link} to="/forgot-password" replace>
          {t("choose.newLink")}
        </Button>
      </Stack>
    );
  if (whose.isError) return <ErrorState error={whose.error} onRetry={() => void whose.refetch()} />;
  return (
    <form onSubmit={submit}>
      <Stack>
        {reset.isError && !fields.password && <Problem>{text(reset.error)}</Problem>}
        {/* For password managers: they keep the new password with its address. */}
        <input
          type="email"
          autoComplete="username"
          value={whose.data?.data?.user?.email ?? ""}
          readOnly
          hidden
        />
        <NewPassword
          ref={field}
          value={twice}
          onChange={setTwice}
          error={fields.password}
          autoFocus
        />
        <Button type="submit" size="md" loading={reset.isPending} disabled={differs(twice)}>
          {t("choose.save")}
        </Button>
      </Stack>
    </form>
  );
}
