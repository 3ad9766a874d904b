import { Button, Stack } from "@mantine/core";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { lazily } from "@/components/lazily";
import { Over } from "@/components/Over";
import { EmptyState, ErrorState, LoadingState } from "@/components/states";
import { isAvailable } from "../files";
import { FilePreview } from "../preview/FilePreview";
import { BulkBar } from "./BulkBar";
import { FilterBar } from "./FilterBar";
import { Grid } from "./Grid";
import type { FileListProps } from "./types";
import { useFileList } from "./useFileList";

export type { FileListProps, FilesChange } from "./types";

const BulkDialog = lazily(async () => (await import("./BulkDialog")).BulkDialog);
const EditDialog = lazily(async () => (await import("./EditDialog")).EditDialog);

const FEW = 6; // documents below which nobody needs a search
const NOBODY: ReadonlySet<string> = new Set();

/**
 * Documents of a record, of all records of a patient, or in the trash.
 *
 * It loads its own pages; whoever changes documents elsewhere invalidates
 * `["files", entityType, entityId]`.
 */
export function FileList(props: FileListProps) {
  const list = useFileList(props);
  return (
    <div ref={list.box} tabIndex={-1} className={props.className} style={{ outline: "none" }}>
      <Content {...{ props, list }} />
    </div>
  );
}

type ContentProps = { props: FileListProps; list: ReturnType<typeof useFileList> };

function Content({ props, list }: ContentProps) {
  const { t } = useTranslation("files");
  const { query, documents, filter, selection, trash, archive, preview } = list;
  const { hasNextPage, fetchNextPage } = query;

  // Whoever goes from document to document in the preview comes to those of the next page too.
  const nearEnd = preview.index >= 0 && preview.index >= preview.files.length - 2;
  useEffect(() => {
    if (nearEnd && hasNextPage) void fetchNextPage();
  }, [nearEnd, hasNextPage, fetchNextPage]);

  // All that was loaded may have been taken out, by deleting or restoring it: there is more.
  const more = query.data !== undefined && documents.length === 0 && hasNextPage && !query.isError;
  useEffect(() => {
    if (more && !query.isFetching) void fetchNextPage();
  }, [more, query.isFetching, fetchNextPage]);

  if (more) return <LoadingState />;
  if (query.data === undefined) {
    if (query.isPending && !filter.filtered) return <LoadingState />;
    if (!filter.filtered) {
      return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
    }
  }
  const nothing = documents.length === 0;
  if (nothing && !filter.filtered && !query.isPlaceholderData) {
    return <>{props.empty ?? <EmptyState />}</>;
  }
  const searched = filter.filtered || hasNextPage || documents.length >= FEW;
  const { chosen } = selection;
  const fetchable = chosen.length > 0 && chosen.every(isAvailable);

  return (
    <>
      {searched && (
        <FilterBar
          state={filter}
          categories={[...new Set(list.policies.flatMap((one) => one.categories))]}
          extensions={list.policies.flatMap((one) => one.extensions)}
          busy={query.isFetching}
        />
      )}
      {list.setting.selectable && !nothing && (
        <BulkBar
          chosen={chosen.length}
          loaded={documents.length}
          more={hasNextPage}
          onAll={selection.chooseAll}
          onNone={selection.chooseNone}
          onZip={
            fetchable ? () => void archive.start({ ids: chosen.map((one) => one.id) }) : undefined
          }
          onZipAll={
            props.scope === "patient" && !filter.filtered
              ? () => void archive.start({ patient: props.patientId })
              : undefined
          }
          zipping={archive.status === "loading"}
          onDelete={list.setting.canDelete && !trash ? list.removeChosen : undefined}
          onRestore={trash && list.setting.canDelete ? () => list.restore.ask(chosen) : undefined}
          marks={list.setting.marks}
        />
      )}
      {query.isError && !query.isFetchNextPageError ? (
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      ) : nothing ? (
        <NothingFits pending={query.isFetching} onClear={filter.clear} />
      ) : (
        <Grid
          label={props.label ?? t("label")}
          documents={documents}
          chosen={selection.ids}
          marked={props.marked ?? NOBODY}
          setting={list.setting}
          sort={filter.filters.sort}
          onSort={filter.sortBy}
          outdated={query.isPlaceholderData}
          next={{
            more: hasNextPage,
            status: query.isFetchingNextPage
              ? "loading"
              : query.isFetchNextPageError
                ? "error"
                : "idle",
            load: fetchNextPage,
          }}
          control={list.control}
        />
      )}
      <Over when={list.remove.open}>
        <BulkDialog bulk={list.remove} />
      </Over>
      <Over when={list.restore.open}>
        <BulkDialog bulk={list.restore} />
      </Over>
      <Over when={list.editing.document !== null}>
        <EditDialog
          document={list.editing.document}
          onClose={list.editing.close}
          onChanged={props.onChanged}
        />
      </Over>
      {preview.index >= 0 && (
        <FilePreview
          files={preview.files}
          index={preview.index}
          onIndex={preview.to}
          onClose={preview.close}
        />
      )}
    </>
  );
}

function NothingFits({ pending, onClear }: { pending: boolean; onClear: () => void }) {
  const { t } = useTranslation("files");
  if (pending) return <LoadingState />;
  return (
    <Stack role="status" align="center">
      <EmptyState title={t("filter.none")}>
        <Button size="xs" variant="default" onClick={onClear}>
          {t("filter.clear")}
        </Button>
      </EmptyState>
    </Stack>
  );
}
