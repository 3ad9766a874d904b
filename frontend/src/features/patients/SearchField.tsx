import { CloseButton, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import type { FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { useTypedFilter } from "@/components/useTypedFilter";

type Props = { value: string; onChange: (value: string) => void };

/** A search that waits until somebody has stopped typing; Enter does not wait. */
export function SearchField({ value, onChange }: Props) {
  const { t } = useTranslation("patients");
  const { text, type, now } = useTypedFilter(value, onChange);
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
          text && <CloseButton size="sm" aria-label={t("clearSearch")} onClick={() => now("")} />
        }
        value={text}
        onChange={(event) => type(event.currentTarget.value)}
      />
    </form>
  );
}
