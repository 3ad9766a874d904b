import {
  Collapse,
  FileInput,
  NativeSelect,
  SimpleGrid,
  TextInput,
  UnstyledButton,
} from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconChevronDown, IconChevronRight, IconFileSpreadsheet } from "@tabler/icons-react";
import { useId } from "react";
import { useTranslation } from "react-i18next";
import { DATE_ORDERS, ON_DUPLICATE, type Options } from "./options";

type Props = {
  file: File | null;
  onFile: (file: File | null) => void;
  options: Options;
  onOptions: (part: Partial<Options>) => void;
  errors: Record<string, string>;
};

/** The file, and how it is to be read. */
export function ChooseFile({ file, onFile, options, onOptions, errors }: Props) {
  const { t } = useTranslation("patients");
  const [opened, unusual] = useDisclosure();
  const id = useId();
  const isUnusual = ["encoding", "delimiter", "sheet"].some((name) => errors[name]);
  const open = opened || isUnusual;
  const text = (name: "encoding" | "delimiter" | "sheet", maxLength: number) => ({
    label: t(`import.${name}`),
    description: t(`import.${name}Hint`),
    maxLength,
    value: options[name],
    error: errors[name],
    onChange: (event: { currentTarget: { value: string } }) =>
      onOptions({ [name]: event.currentTarget.value }),
  });
  return (
    <>
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} w="100%">
        <FileInput
          label={t("import.file")}
          description={t("import.fileHint")}
          placeholder={t("import.choose")}
          leftSection={<IconFileSpreadsheet size={18} aria-hidden />}
          accept=".csv,.tsv,.txt,.xlsx"
          clearable
          clearButtonProps={{ "aria-label": t("clear") }}
          value={file}
          error={errors.file ?? errors.mapping}
          onChange={onFile}
        />
        <NativeSelect
          label={t("import.duplicates")}
          data={ON_DUPLICATE.map((value) => ({
            value,
            label: t(`import.duplicatesOf.${value}`),
          }))}
          value={options.on_duplicate}
          error={errors.on_duplicate}
          onChange={({ currentTarget: { value } }) =>
            onOptions({ on_duplicate: ON_DUPLICATE.find((one) => one === value) ?? "skip" })
          }
        />
        <NativeSelect
          label={t("import.dateOrder")}
          data={DATE_ORDERS.map((value) => ({ value, label: t(`import.dateOrders.${value}`) }))}
          value={options.date_order}
          error={errors.date_order}
          onChange={({ currentTarget: { value } }) =>
            onOptions({ date_order: DATE_ORDERS.find((one) => one === value) ?? "" })
          }
        />
      </SimpleGrid>
      <UnstyledButton onClick={unusual.toggle} aria-expanded={open} aria-controls={id} fz="sm">
        {open ? (
          <IconChevronDown size={14} aria-hidden />
        ) : (
          <IconChevronRight size={14} aria-hidden />
        )}{" "}
        {t("import.more")}
      </UnstyledButton>
      <div id={id} style={{ width: "100%" }}>
        <Collapse expanded={open}>
          <SimpleGrid cols={{ base: 1, sm: 3 }}>
            <TextInput {...text("encoding", 50)} />
            <TextInput {...text("delimiter", 1)} />
            <TextInput {...text("sheet", 100)} />
          </SimpleGrid>
        </Collapse>
      </div>
    </>
  );
}
