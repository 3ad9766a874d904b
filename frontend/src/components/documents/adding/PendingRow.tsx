import { Alert, Group, Stack, Text } from "@mantine/core";
import { useId } from "react";
import { useTranslation } from "react-i18next";
import type { Refusal } from "../checks";
import { formatSize } from "../files";
import type { PendingFile } from "../pending";
import type { Details } from "../upload/job";
import { DetailFields } from "./DetailFields";
import classes from "./PendingRow.module.css";
import { RowActions } from "./RowActions";
import { RowProgress } from "./RowProgress";
import { Smaller } from "./Smaller";
import { Thumbnail } from "./Thumbnail";
import { useWords } from "./useWords";

export type RowProps = {
  row: PendingFile;
  refusal: Refusal | undefined;
  categories: string[];
  /** Whether it goes on with an upload that broke off. */
  isResumed: boolean;
  /** Whether it can be sent again by itself: there is a record to send it to. */
  canRetry: boolean;
  onDescribe: (details: Partial<Details>) => void;
  onRemove: () => void;
  onCancel: () => void;
  onRetry: () => void;
  onShrink: () => void;
  onUndo: () => void;
};

/** A file that is not saved yet: what it is, what is said of it, how far it is, what is wrong. */
export function PendingRow(props: RowProps) {
  const { row, refusal, categories } = props;
  const { t } = useTranslation("uploads");
  const words = useWords();
  const name = useId();
  const { file, problem } = row;
  const isLocked = row.status === "uploading" || row.status === "done" || isUnknown(row);
  const isHopeless = refusal !== undefined && ["type", "duplicate", "empty"].includes(refusal.code);
  const wrong =
    row.status === "loading"
      ? null
      : refusal
        ? words.refused(refusal, file)
        : problem && words.problem(problem, file);

  return (
    <li
      className={classes.row}
      aria-labelledby={name}
      data-wrong={wrong ? true : undefined}
      data-status={row.status}
    >
      <Stack gap="xs">
        <Group gap="sm" wrap="nowrap" align="flex-start">
          <Thumbnail file={file} />
          <Stack gap={2} flex={1} miw={0}>
            <Text size="sm" fw={500} className={classes.name} id={name}>
              {file.name}
            </Text>
            <Text size="xs" c="dimmed">
              {formatSize(file.size)}
            </Text>
          </Stack>
          <RowActions {...props} />
        </Group>
        {row.status !== "done" && !isHopeless && (
          <>
            <Smaller row={row} onShrink={props.onShrink} onUndo={props.onUndo} />
            <DetailFields
              details={row.details}
              categories={categories}
              problems={problem?.fields ?? {}}
              disabled={isLocked}
              onChange={props.onDescribe}
            />
          </>
        )}
        {isUnknown(row) && (
          <Text size="xs" c="dimmed">
            {t("row.locked")}
          </Text>
        )}
        {props.isResumed && row.status === "idle" && <Text size="xs">{t("row.resumed")}</Text>}
        <RowProgress row={row} labelledBy={name} />
        {wrong && (
          <Alert color={problem?.kind === "cancelled" ? "gray" : "red"} p="xs" role="alert">
            {wrong}
          </Alert>
        )}
      </Stack>
    </li>
  );
}

const isUnknown = ({ status, problem }: PendingFile): boolean =>
  status === "error" && problem?.kind === "unknown";
