import { PasswordInput, type PasswordInputProps, Text } from "@mantine/core";
import { type KeyboardEvent, useState } from "react";
import { useTranslation } from "react-i18next";

/** A password that can be looked at, with a word about the caps-lock key. */
export function PasswordField(props: PasswordInputProps) {
  const { t } = useTranslation("session");
  const [capsLock, setCapsLock] = useState(false);
  const look = (event: KeyboardEvent) => setCapsLock(event.getModifierState("CapsLock"));
  return (
    <div>
      <PasswordInput
        {...props}
        onKeyDown={look}
        onKeyUp={look}
        onBlur={() => setCapsLock(false)}
        visibilityToggleButtonProps={{ "aria-label": t("show"), tabIndex: 0 }}
      />
      <Text size="sm" role="status" mt={capsLock ? 4 : 0}>
        {capsLock && t("capsLock")}
      </Text>
    </div>
  );
}
