import { CloseButton, Group, TextInput } from "@mantine/core";
import type { Ref } from "react";
import { useTranslation } from "react-i18next";
import { useSession } from "@/app/session";

type Props = {
  ref: Ref<HTMLInputElement>;
  value: string;
  error: string | undefined;
  disabled: boolean;
  onChange: (value: string) => void;
  onRemove: () => void;
};

/** When it is to be sent, by the clinic's clock, wherever the one who writes is. */
export function WhenField({ ref, value, error, disabled, onChange, onRemove }: Props) {
  const { t } = useTranslation("messages");
  const { time_zone: zone } = useSession().me.account;
  return (
    <Group align="flex-end" gap="xs" wrap="nowrap">
      <TextInput
        ref={ref}
        type="datetime-local"
        label={t("reply.when")}
        description={t("reply.whenHint", { zone })}
        value={value}
        error={error}
        disabled={disabled}
        onChange={(event) => onChange(event.currentTarget.value)}
        flex={1}
      />
      <CloseButton aria-label={t("reply.now")} disabled={disabled} onClick={onRemove} size="lg" />
    </Group>
  );
}
