import { Stack } from "@mantine/core";
import type { Ref } from "react";
import { useTranslation } from "react-i18next";
import { PasswordField } from "./PasswordField";

export type Twice = { password: string; again: string };
export const NOTHING: Twice = { password: "", again: "" };

/** Say whether the second time differs; what has not been typed yet does not. */
export const differs = ({ password, again }: Twice): boolean => again !== "" && password !== again;

type Props = {
  value: Twice;
  onChange: (value: Twice) => void;
  error?: string | undefined;
  ref?: Ref<HTMLInputElement>;
  autoFocus?: boolean;
};

/** A new password, twice, because nobody sees what they type. */
export function NewPassword({ value, onChange, error, ref, autoFocus = false }: Props) {
  const { t } = useTranslation("session");
  return (
    <Stack>
      <PasswordField
        ref={ref}
        label={t("newPassword")}
        description={t("passwordRule")}
        name="new-password"
        autoComplete="new-password"
        autoFocus={autoFocus}
        required
        minLength={12}
        maxLength={200}
        value={value.password}
        error={error}
        onChange={(event) => onChange({ ...value, password: event.currentTarget.value })}
      />
      <PasswordField
        label={t("again")}
        name="new-password-again"
        autoComplete="new-password"
        required
        value={value.again}
        error={differs(value) && t("errors.differ")}
        onChange={(event) => onChange({ ...value, again: event.currentTarget.value })}
      />
    </Stack>
  );
}
