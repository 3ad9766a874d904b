import { CloseButton, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

type Props = { value: string; onChange: (value: string) => void };

/** A search that waits until somebody has stopped typing; Enter does not wait. */
export function SearchField({ value, onChange }: Props) {
  const { t } = useTranslation("patients");
  const [text, setText] = useState(value);
  const written = useRef(value);
  const write = (typed: string) => {
    written.current = typed.trim();
    onChange(written.current);
  };
  const later = useDebouncedCallback(write, 300);
  // Back and links change the address without anybody typing.
  useEffect(() => {
    if (value === written.current) return;
    written.current = value;
    setText(value);
  }, [value]);
  const now = (typed: string) => {
    later.cancel();
    write(typed);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    now(text);
  };
  return (
    <form onSubmit={submit}>
      <TextInput
        label={t("search")}
        placeholder={t("searchHint")}
        type="text"
        inputMode="search"
        leftSection={<IconSearch size={16} aria-hidden />}
        rightSection={
          text && (
            <CloseButton
              size="sm"
              aria-label={t("clearSearch")}
              onClick={() => {
                setText("");
                now("");
              }}
            />
          )
        }
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          later(event.currentTarget.value);
        }}
      />
    </form>
  );
}
