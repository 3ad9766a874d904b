import {
  CloseButton,
  Combobox,
  InputBase,
  Loader,
  Stack,
  Text,
  useCombobox,
  VisuallyHidden,
} from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useErrorText } from "@/components/states";

export type Choice = { id: string; label: string; hint?: string | undefined };

export type SearchPickerProps = {
  label: string;
  /** What is chosen now; its label is shown while nobody searches. */
  value: Choice | null;
  onChange: (choice: Choice | null) => void;
  /** The name of what is asked for, for the cache. */
  name: readonly unknown[];
  search: (words: string, signal: AbortSignal) => Promise<Choice[]>;
  description?: string | undefined;
  placeholder?: string | undefined;
  error?: string | undefined;
  required?: boolean | undefined;
  disabled?: boolean | undefined;
  clearable?: boolean | undefined;
};

/** Choose one of many by typing a part of it; the server does the searching. */
export function SearchPicker(props: SearchPickerProps) {
  const { value, onChange, name, search, clearable = !props.required } = props;
  const { t } = useTranslation();
  const text = useErrorText();
  // Null: nobody is typing, and what is chosen is shown.
  const [words, setWords] = useState<string | null>(null);
  const [asked] = useDebouncedValue((words ?? "").trim(), 200);
  const box = useCombobox({
    onDropdownClose: () => {
      box.resetSelectedOption();
      setWords(null);
    },
  });
  const found = useQuery({
    queryKey: ["pick", ...name, asked],
    queryFn: ({ signal }) => search(asked, signal),
    enabled: box.dropdownOpened,
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });

  const choose = (id: string) => {
    const one = found.data?.find((choice) => choice.id === id);
    if (one) onChange(one);
    box.closeDropdown();
  };
  return (
    <Combobox store={box} onOptionSubmit={choose}>
      <Combobox.Target withExpandedAttribute>
        <InputBase
          label={props.label}
          description={props.description}
          error={props.error}
          inputWrapperOrder={["label", "input", "description", "error"]}
          withAsterisk={props.required ?? false}
          disabled={props.disabled ?? false}
          placeholder={props.placeholder ?? t("pickers.search")}
          autoComplete="off"
          value={words ?? value?.label ?? ""}
          onChange={(event) => {
            setWords(event.currentTarget.value);
            box.openDropdown();
            box.updateSelectedOptionIndex();
          }}
          onFocus={(event) => event.currentTarget.select()}
          onClick={() => box.openDropdown()}
          onBlur={() => box.closeDropdown()}
          aria-required={props.required ?? false}
          rightSectionPointerEvents="all"
          rightSection={
            found.isFetching ? (
              <Loader size="xs" aria-hidden />
            ) : value && clearable && !props.disabled ? (
              <CloseButton
                size="sm"
                aria-label={t("pickers.clear", { label: props.label })}
                onMouseDown={(event) => event.preventDefault()}
                onClick={() => {
                  onChange(null);
                  setWords(null);
                }}
              />
            ) : null
          }
        />
      </Combobox.Target>
      <VisuallyHidden role="status">
        {box.dropdownOpened && found.data ? t("pickers.found", { count: found.data.length }) : ""}
      </VisuallyHidden>
      <Combobox.Dropdown>
        <Combobox.Options mah={260} style={{ overflowY: "auto" }} aria-label={props.label}>
          {found.data?.map((choice) => (
            <Combobox.Option key={choice.id} value={choice.id} active={choice.id === value?.id}>
              <Stack gap={0}>
                <Text size="sm">{choice.label}</Text>
                {choice.hint && (
                  <Text size="xs" c="dimmed">
                    {choice.hint}
                  </Text>
                )}
              </Stack>
            </Combobox.Option>
          ))}
          {found.data?.length === 0 && <Combobox.Empty>{t("pickers.nothingFound")}</Combobox.Empty>}
          {found.isPending && <Combobox.Empty>{t("loading")}</Combobox.Empty>}
          {found.isError && <Combobox.Empty>{text(found.error)}</Combobox.Empty>}
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  );
}
