import { Alert, Badge, Button, Checkbox, Group, Stack, Text, Title } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useDates } from "@/components/useDates";
import { Problem } from "@/features/session/Problem";
import { Columns } from "./Columns";
import { OUTCOMES, outcomeOf } from "./outcomes";
import { PreviewRows } from "./PreviewRows";
import type { Preview } from "./useImport";

type Props = {
  preview: Preview;
  mapping: Record<string, string>;
  onMap: (mapping: Record<string, string>) => void;
  onStart: () => void;
  loading: boolean;
};

/** What would become of the file, and the button that does it. */
export function PreviewView({ preview, mapping, onMap, onStart, loading }: Props) {
  const { t } = useTranslation("patients");
  const { number } = useDates();
  const { results, rows, unknown } = preview;
  const refused = results.filter((row) => outcomeOf(row) === "refused");
  const [onlyFaults, setOnlyFaults] = useState(refused.length > 0);
  const isWhole = results.length === rows;
  const good = rows - refused.length;
  return (
    <Stack>
      <Title order={2} size="h4">
        {t("import.understood")}
      </Title>
      <Text role="status">
        {t("import.rows", { count: rows })}{" "}
        {!isWhole && t("import.firstRows", { count: results.length })}
      </Text>
      {preview.guessed && (
        <Alert color="orange">{t("import.guessed", { encoding: preview.encoding })}</Alert>
      )}
      <Columns
        columns={preview.columns}
        known={preview.known}
        unknown={unknown}
        chosen={mapping}
        onMap={onMap}
      />
      <Group gap="xs">
        {OUTCOMES.map(({ name, color }) => {
          const count = results.filter((row) => outcomeOf(row) === name).length;
          return (
            count > 0 && (
              <Badge key={name} color={color} variant="dot" size="lg" tt="none">
                {t(`import.outcomes.${name}`)}: {number(count)}
              </Badge>
            )
          );
        })}
      </Group>
      {refused.length > 0 ? (
        <>
          <Text size="sm">{t("import.remedy")}</Text>
          <Checkbox
            label={t("import.onlyFaults")}
            checked={onlyFaults}
            onChange={(event) => setOnlyFaults(event.currentTarget.checked)}
          />
        </>
      ) : (
        <Text size="sm">{t("import.noFaults")}</Text>
      )}
      <PreviewRows rows={onlyFaults && refused.length > 0 ? refused : results} />
      {isWhole && good === 0 && <Problem>{t("import.nothingGood")}</Problem>}
      <Group>
        <Button
          size="md"
          loading={loading}
          disabled={unknown.length > 0 || (isWhole && good === 0)}
          onClick={onStart}
        >
          {isWhole && refused.length > 0
            ? t("import.startSome", { count: good })
            : t("import.start")}
        </Button>
      </Group>
    </Stack>
  );
}
