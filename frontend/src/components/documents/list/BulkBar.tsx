import { Button, Group, Text } from "@mantine/core";
import { IconArrowBackUp, IconFileZip, IconTrash, IconX } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

type Props = {
  chosen: number;
  loaded: number;
  more: boolean;
  onAll: () => void;
  onNone: () => void;
  onZip?: (() => void) | undefined;
  onZipAll?: (() => void) | undefined;
  zipping: boolean;
  onDelete?: (() => void) | undefined;
  onRestore?: (() => void) | undefined;
  marks: boolean;
};

/** How many documents there are and are chosen, and what can be done with the chosen ones. */
export function BulkBar(props: Props) {
  const { chosen, loaded, more, onAll, onNone, onZip, onZipAll, zipping, onDelete, onRestore } =
    props;
  const { t } = useTranslation("files");
  const any = chosen > 0;
  return (
    <Group gap="xs" mb="xs" mih={36} role="group" aria-label={t("bulk.label")}>
      <Text size="sm" c={any ? undefined : "dimmed"} role="status" mr="auto">
        {any
          ? t("bulk.chosen", { count: chosen })
          : t(more ? "loaded.more" : "loaded.some", { count: loaded })}
      </Text>
      {chosen < loaded && (
        <Button size="compact-sm" variant="subtle" onClick={onAll}>
          {t("bulk.all")}
        </Button>
      )}
      {any && (
        <Button
          size="compact-sm"
          variant="subtle"
          leftSection={<IconX size={14} aria-hidden />}
          onClick={onNone}
        >
          {t("bulk.clear")}
        </Button>
      )}
      {any && onZip && (
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<IconFileZip size={14} aria-hidden />}
          onClick={onZip}
          disabled={zipping}
        >
          {t("bulk.zip")}
        </Button>
      )}
      {!any && onZipAll && (
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<IconFileZip size={14} aria-hidden />}
          onClick={onZipAll}
          disabled={zipping}
        >
          {t("bulk.zipAll")}
        </Button>
      )}
      {any && onRestore && (
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<IconArrowBackUp size={14} aria-hidden />}
          onClick={onRestore}
        >
          {t("bulk.restore")}
        </Button>
      )}
      {any && onDelete && (
        <Button
          size="compact-sm"
          variant="light"
          color="red"
          leftSection={<IconTrash size={14} aria-hidden />}
          onClick={onDelete}
        >
          {t(props.marks ? "bulk.mark" : "bulk.delete")}
        </Button>
      )}
    </Group>
  );
}
