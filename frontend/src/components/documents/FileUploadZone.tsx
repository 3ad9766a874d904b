import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { IconUpload } from "@tabler/icons-react";
import { type ChangeEvent, type Ref, useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Policy } from "@/api/types";
import { useDrop } from "./adding/useDrop";
import classes from "./FileUploadZone.module.css";
import { formatSize } from "./files";

export type FileUploadZoneProps = {
  rules: Pick<Policy, "extensions" | "max_size">;
  /** How many more files the record may have; null: any number, or not known. */
  placesLeft: number | null;
  onAdd: (files: File[]) => void;
  disabled?: boolean;
  /** The button, so that focus can come back to it. */
  ref?: Ref<HTMLButtonElement>;
};

/** Where files are chosen: by the browser's dialog or a phone's camera, or dropped. */
export function FileUploadZone({ rules, placesLeft, onAdd, disabled, ref }: FileUploadZoneProps) {
  const { t } = useTranslation("uploads");
  const input = useRef<HTMLInputElement>(null);
  const hint = useId();
  const [folders, setFolders] = useState<string[]>([]);
  const isFull = placesLeft !== null && placesLeft <= 0;
  const isOff = Boolean(disabled) || isFull;
  const { state, zone } = useDrop({
    disabled: isOff,
    onFiles: (files, found) => {
      setFolders(found);
      if (files.length > 0) onAdd(files);
    },
  });

  const choose = (event: ChangeEvent<HTMLInputElement>) => {
    const files = Array.from(event.currentTarget.files ?? []);
    event.currentTarget.value = ""; // so that the same file can be chosen again
    setFolders([]);
    if (files.length > 0) onAdd(files);
  };

  return (
    <Stack gap="xs">
      <div className={classes.zone} data-drag={state} {...zone}>
        <Stack gap={6} align="center">
          <Group gap="sm" justify="center">
            <Button
              ref={ref}
              variant="light"
              leftSection={<IconUpload size={18} aria-hidden />}
              disabled={isOff}
              aria-describedby={hint}
              onClick={() => input.current?.click()}
            >
              {t("add.choose")}
            </Button>
            <Text size="sm" visibleFrom="xs" aria-hidden>
              {state === "zone" ? t("add.drop") : t("add.hint")}
            </Text>
          </Group>
          <Text size="xs" c="dimmed" id={hint}>
            {isFull ? t("add.full") : t("add.rules", wordsOf(rules))}{" "}
            {!isFull && placesLeft !== null && t("add.left", { count: placesLeft })}
          </Text>
        </Stack>
        <input
          ref={input}
          className={classes.input}
          type="file"
          multiple
          accept={acceptOf(rules.extensions)}
          aria-label={t("add.choose")}
          tabIndex={-1}
          disabled={isOff}
          onChange={choose}
        />
      </div>
      {folders.map((name) => (
        <Alert key={name} color="orange" role="alert" p="xs">
          {t("add.folder", { name })}
        </Alert>
      ))}
    </Stack>
  );
}

const wordsOf = ({ extensions, max_size }: FileUploadZoneProps["rules"]) => ({
  types: extensions.map((one) => one.slice(1).toUpperCase()).join(", "),
  size: formatSize(max_size),
});

const PICTURES: Record<string, string> = { ".jpg": "image/jpeg", ".png": "image/png" };

/** Phones offer their camera for types of pictures only, not for their extensions. */
const acceptOf = (extensions: string[]): string =>
  [...extensions, ...extensions.flatMap((one) => PICTURES[one] ?? [])].join(",");
