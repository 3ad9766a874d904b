import { Button, Group } from "@mantine/core";
import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { cursorOf } from "@/api/types";

type Props = {
  page: { next?: string | null; previous?: string | null };
  onCursor: (cursor: string) => void;
  disabled: boolean;
};

export function Paging({ page, onCursor, disabled }: Props) {
  const { t } = useTranslation("patients");
  if (!page.next && !page.previous) return null;
  return (
    <Group component="nav" aria-label={t("pages")} justify="center" mt="md">
      <Button
        variant="default"
        leftSection={<IconChevronLeft size={16} aria-hidden />}
        disabled={disabled || !page.previous}
        onClick={() => onCursor(cursorOf(page.previous) ?? "")}
      >
        {t("previous")}
      </Button>
      <Button
        variant="default"
        rightSection={<IconChevronRight size={16} aria-hidden />}
        disabled={disabled || !page.next}
        onClick={() => onCursor(cursorOf(page.next) ?? "")}
      >
        {t("next")}
      </Button>
    </Group>
  );
}
