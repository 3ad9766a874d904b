import { Button, Fieldset, Group, Stack, Text } from "@mantine/core";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError, isAborted, isUnsure } from "@/api/problem";
import { useHold } from "@/components/LeaveGuard";
import { LoadingState, useErrorText } from "@/components/states";
import { Problem } from "@/features/session/Problem";
import { AtOnceResult } from "./AtOnceResult";
import { ChooseFile } from "./ChooseFile";
import { Columns } from "./Columns";
import { faultOf, type Options, USUAL } from "./options";
import { PreviewView } from "./PreviewView";
import { titlesOf } from "./titlesOf";
import { usePreview, useStartImport } from "./useImport";

/** Choose a file, look what would become of it, and import what is right. */
export function ImportFile({ onJob }: { onJob: (job: string) => void }) {
  const { t } = useTranslation("patients");
  const text = useErrorText();
  const [file, setFile] = useState<File | null>(null);
  const [options, setOptions] = useState<Options>(USUAL);
  const preview = usePreview();
  const start = useStartImport();
  const result = useRef<HTMLDivElement>(null);
  useHold(() => file !== null && !start.data);
  const fault = file && faultOf(file);
  const shown = preview.data;
  useEffect(() => {
    if (shown) result.current?.focus();
  }, [shown]);

  const look = (next: Options = options) => {
    if (!file || fault) return;
    start.reset();
    preview.mutate({ file, options: next });
  };
  const map = (mapping: Record<string, string>) => {
    const next = { ...options, mapping: { ...options.mapping, ...mapping } };
    setOptions(next);
    look(next);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!preview.isPending) look();
  };
  const choose = (chosen: File | null) => {
    setFile(chosen);
    setOptions((now) => ({ ...now, mapping: {} })); // its columns are others
    preview.reset();
    start.reset();
  };
  const error = start.error ?? (isAborted(preview.error) ? null : preview.error);
  const fields = error instanceof ApiError ? error.fields : {};
  const titles = titlesOf(error);
  if (start.data && "results" in start.data)
    return <AtOnceResult result={start.data} onAgain={() => choose(null)} />;
  return (
    // What is being imported is what stands here: it stays until its result or its job is shown.
    <Fieldset variant="unstyled" disabled={start.isPending || start.isSuccess}>
      <Stack>
        <form onSubmit={submit}>
          <Stack align="flex-start">
            <Text>{t("import.hint")}</Text>
            <ChooseFile
              file={file}
              onFile={choose}
              options={options}
              onOptions={(part) => {
                setOptions((now) => ({ ...now, ...part }));
                preview.reset(); // what was shown is not what would be done now
                start.reset();
              }}
              errors={fault ? { file: t(`import.${fault}`) } : fields}
            />
            <Group>
              <Button
                type="submit"
                variant={shown ? "default" : "filled"}
                loading={preview.isPending}
                disabled={!file || Boolean(fault)}
              >
                {t(shown ? "import.again" : "import.preview")}
              </Button>
            </Group>
          </Stack>
        </form>
        {preview.isPending && <LoadingState label={t("import.previewing")} />}
        {error && Object.keys(fields).length === 0 && (
          <Problem>
            {isUnsure(start.error)
              ? t("import.unsure")
              : isUnsure(error)
                ? `${text(error)} ${t("import.changed")}`
                : text(error)}
          </Problem>
        )}
        {titles && (
          <Columns
            columns={titles.titles.map((title) => ({ title, field: "" }))}
            known={titles.known}
            unknown={[]}
            chosen={options.mapping}
            onMap={map}
          />
        )}
        {file && shown && (
          <div ref={result} tabIndex={-1} style={{ scrollMarginTop: 72 }}>
            <PreviewView
              preview={shown}
              mapping={options.mapping}
              onMap={map}
              loading={start.isPending}
              onStart={() =>
                start.run(
                  { file, options },
                  {
                    onSuccess: (answer) => {
                      if ("job" in answer) onJob(answer.job);
                    },
                  },
                )
              }
            />
          </div>
        )}
      </Stack>
    </Fieldset>
  );
}
