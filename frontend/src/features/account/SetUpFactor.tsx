import {
  Anchor,
  Button,
  Code,
  CopyButton,
  Group,
  Modal,
  Stack,
  Text,
  TextInput,
} from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "@/api/problem";
import { focusOn } from "@/features/session/focusOn";
import { Problem } from "@/features/session/Problem";
import { useLoginErrorText } from "@/features/session/useLoginErrorText";
import { recoveryCodes, type Setup, switchOn } from "./secondFactor";

type Props = {
  setup: Setup;
  run: <T>(action: () => Promise<T>) => Promise<T | undefined>;
  onDone: (codes: string[]) => void;
  onClose: () => void;
};

/** Give the secret to an authenticator app, and show by a code that it has it. */
export function SetUpFactor({ setup, run, onDone, onClose }: Props) {
  const { t } = useTranslation("session");
  const common = useTranslation().t;
  const text = useLoginErrorText();
  const [code, setCode] = useState("");
  const field = useRef<HTMLInputElement>(null);
  const confirm = useMutation({
    // Two steps, each of which may ask who it is: the code is not sent twice for the second.
    mutationFn: async () => ((await run(() => switchOn(code))) ? run(recoveryCodes) : undefined),
    onSuccess: (codes) => codes && onDone(codes),
    onError: () => focusOn(field.current),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!confirm.isPending) confirm.mutate();
  };
  const wrong = confirm.error instanceof ApiError && confirm.error.status === 400;
  return (
    <Modal
      opened
      onClose={onClose}
      closeOnClickOutside={false}
      title={t("factor.setUp")}
      closeButtonProps={{ "aria-label": common("close") }}
    >
      <form onSubmit={submit}>
        <Stack>
          <Text>{t(setup.totp_svg ? "factor.scan" : "factor.noScan")}</Text>
          {setup.totp_svg && (
            // A picture cannot run anything, whatever the drawing says.
            <img
              src={`data:image/svg+xml;charset=utf-8,${encodeURIComponent(setup.totp_svg)}`}
              alt={t("factor.qr")}
              width={200}
              height={200}
              style={{ background: "white", alignSelf: "center" }}
            />
          )}
          <Anchor href={setup.totp_url}>{t("factor.openApp")}</Anchor>
          <Group gap="xs">
            <Text size="sm">{t("factor.secret")}:</Text>
            <Code style={{ overflowWrap: "anywhere" }}>{setup.secret}</Code>
            <CopyButton value={setup.secret}>
              {({ copied, copy }) => (
                <Button size="compact-xs" variant="default" onClick={copy}>
                  {t(copied ? "factor.copied" : "factor.copy")}
                </Button>
              )}
            </CopyButton>
          </Group>
          <Text>{t("factor.enter")}</Text>
          {confirm.isError && !wrong && <Problem>{text(confirm.error)}</Problem>}
          <TextInput
            ref={field}
            label={t("factor.code")}
            autoComplete="one-time-code"
            inputMode="numeric"
            required
            data-autofocus
            value={code}
            error={wrong && text(confirm.error)}
            onChange={(event) => setCode(event.currentTarget.value)}
          />
          <Button type="submit" loading={confirm.isPending}>
            {t("factor.confirm")}
          </Button>
        </Stack>
      </form>
    </Modal>
  );
}
