import { Stack } from "@mantine/core";
import { useImperativeHandle, useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { Policy } from "@/api/types";
import { type Asked, Loaded } from "@/components/states";
import { Announcer } from "./adding/Announcer";
import { MarkProblems } from "./adding/MarkProblems";
import { PendingList } from "./adding/PendingList";
import { SaveBar } from "./adding/SaveBar";
import { FileUploadZone } from "./FileUploadZone";
import { FileList } from "./list/FileList";
import { useDocumentPermissions } from "./permissions";
import { narrowed } from "./policies";
import type { DocumentManagerProps } from "./types";
import { useDocumentManager } from "./useDocumentManager";
import { useKeptFocus } from "./useKeptFocus";

type Ruled = DocumentManagerProps & { policy: Asked<Policy> };

/** The manager as soon as the rules of the record's kind are there. */
export function RuledManager({ policy, ...props }: Ruled) {
  return <Loaded query={policy}>{(rules) => <Manager {...props} policy={rules} />}</Loaded>;
}

/** The manager of one record, whose kind's rules are known. */
function Manager({ policy, ref, ...props }: DocumentManagerProps & { policy: Policy }) {
  const { entityType, entityId, mode, config, className, onFileCountChange, onError } = props;
  const { t } = useTranslation("uploads");
  const rules = useMemo(() => narrowed(policy, config), [policy, config]);
  const may = useDocumentPermissions();
  const manager = useDocumentManager({ entityType, entityId, rules, onFileCountChange, onError });
  const { target, marks, files, count, dispatch } = manager;
  const chooseButton = useRef<HTMLButtonElement>(null);
  useImperativeHandle(ref, () => ({ save: manager.save, hasChanges: manager.hasChanges }));

  const focus = useKeptFocus(chooseButton, `${files.length} ${marks.length} ${manager.saving}`);

  const isEdited = mode !== "view";
  const canAdd = isEdited && may.canAdd && rules.operations.includes("upload");
  const canDelete = isEdited && may.canDelete && rules.operations.includes("delete");
  const marked = useMemo(() => new Set(marks.map(({ document }) => document.id)), [marks]);
  const waiting = files.filter(
    ({ id, status }) => status === "done" || !manager.refusals.has(id),
  ).length;
  const placesLeft =
    rules.max_files === null || count === undefined
      ? null
      : Math.max(0, rules.max_files - count + marks.length - waiting);

  return (
    <Stack
      role="region"
      gap="sm"
      className={className}
      aria-label={t("section")}
      style={{ outline: "none" }}
      {...focus}
    >
      {canAdd && (
        <FileUploadZone
          ref={chooseButton}
          rules={rules}
          placesLeft={placesLeft}
          onAdd={manager.add}
        />
      )}
      <PendingList manager={manager} categories={rules.categories} chooseButton={chooseButton} />
      <Announcer files={files} />
      <MarkProblems marks={marks} onKeep={(id) => dispatch({ type: "unmarked", id })} />
      {target !== undefined && (
        <FileList
          entityType={entityType}
          entityId={target}
          canDelete={canDelete}
          canChange={isEdited && may.canChange}
          marked={marked}
          {...(canDelete && {
            onMark: (document) => dispatch({ type: "marked", document }),
            onUnmark: ({ id }) => dispatch({ type: "unmarked", id }),
          })}
        />
      )}
      {ref === undefined && target !== undefined && (
        <SaveBar
          manager={manager}
          onDiscard={() => {
            dispatch({ type: "discarded" });
            chooseButton.current?.focus();
          }}
        />
      )}
    </Stack>
  );
}
