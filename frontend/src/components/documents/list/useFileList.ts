import { useEffect, useMemo, useRef, useState } from "react";
import type { Document } from "@/api/types";
import { useMember } from "@/app/session";
import { useFileDownload } from "../download";
import { canPreview, isAvailable } from "../files";
import { usePolicies } from "../policies";
import type { FileListProps } from "./types";
import { useArchive } from "./useArchive";
import { useBulk } from "./useBulk";
import { useFiles } from "./useFiles";
import { useFilters } from "./useFilters";
import { useRowSetting } from "./useRowSetting";
import { useSelection } from "./useSelection";
import { useStable } from "./useStable";

const NONE: Document[] = [];
const NOWHERE = { focusRow: (_: number) => {}, toTop: () => {}, at: 0 };

/** All that a list of documents knows and does; how it looks is FileList's. */
export function useFileList(props: FileListProps) {
  const { scope = "record", entityType, entityId, patientId, onMark, onUnmark, onChanged } = props;
  const trash = scope === "trash";
  const member = useMember();
  const can = (ability: string) => member?.abilities.includes(ability) ?? false;
  const canDelete = props.canDelete ?? can("documents.delete");
  const canChange = props.canChange ?? can("documents.change");

  const filter = useFilters();
  const query = useFiles({ scope, entityType, entityId, patientId }, filter.asked);
  const documents = useMemo(
    () => query.data?.pages.flatMap((page) => page.results) ?? NONE,
    [query.data],
  );
  const selection = useSelection(documents);
  const remove = useBulk("delete", onChanged);
  const restore = useBulk("restore", onChanged);
  const archive = useArchive();
  const { download } = useFileDownload();
  const [editing, setEditing] = useState<Document | null>(null);
  const [previewed, setPreviewed] = useState<string | null>(null);
  const control = useRef(NOWHERE);
  const box = useRef<HTMLDivElement>(null);

  const previewable = useMemo(() => documents.filter(canPreview), [documents]);
  const policies = usePolicies().data;
  const kinds = useMemo(
    () =>
      scope === "record"
        ? null
        : Object.fromEntries((policies ?? []).map((one) => [one.slug, one.display_name])),
    [policies, scope],
  );
  const isMarked = ({ id }: Document) => props.marked?.has(id) ?? false;
  const onRemove = useStable((document: Document) => {
    if (!onMark) remove.ask([document]);
    else if (!isMarked(document)) onMark(document);
  });
  const onKeep = useStable((document: Document) => onUnmark?.(document));
  const onRestore = useStable((document: Document) => restore.ask([document]));
  const onPreview = useStable((index: number) => setPreviewed(documents[index]?.id ?? null));
  const setting = useRowSetting({
    trash,
    selectable: !trash || canDelete,
    canDelete,
    canChange,
    marks: onMark !== undefined,
    kinds,
    place: member?.account,
    toggle: selection.toggle,
    preview: onPreview,
    download,
    edit: setEditing,
    remove: onRemove,
    keep: onKeep,
    restore: onRestore,
  });

  // Another order or other filters begin at the top.
  // biome-ignore lint/correctness/useExhaustiveDependencies: that is what it is about
  useEffect(() => control.current.toTop(), [filter.asked]);

  const dialog = remove.open || restore.open || editing !== null || previewed !== null;
  useFocusAfter(dialog, () => {
    if (documents.length > 0) control.current.focusRow(control.current.at);
    else box.current?.focus(); // the last one was deleted
  });

  function removeChosen() {
    const there = selection.chosen.filter(isAvailable);
    const markable = there.filter((one) => !one.legal_hold && !isMarked(one));
    if (onMark) for (const one of markable) onMark(one);
    else if (there.length > 0) remove.ask(there);
  }

  return {
    box,
    trash,
    query,
    documents,
    filter,
    selection,
    setting,
    control,
    remove,
    restore,
    removeChosen,
    archive,
    editing: { document: editing, close: () => setEditing(null) },
    preview: {
      files: previewable,
      index: previewable.findIndex((one) => one.id === previewed),
      to: (index: number) => setPreviewed(previewable[index]?.id ?? null),
      close: () => setPreviewed(null),
    },
    policies: policies?.filter((one) => scope !== "record" || one.slug === entityType) ?? [],
  };
}

/** Give the focus back to the list when its dialog has closed: what had it may be deleted. */
function useFocusAfter(open: boolean, focus: () => void) {
  const before = useRef(open);
  useEffect(() => {
    if (before.current && !open) focus();
    before.current = open;
  });
}
