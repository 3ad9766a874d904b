import { ActionIcon, type ActionIconProps, Group, NumberInput, Text } from "@mantine/core";
import {
  type Icon,
  IconChevronLeft,
  IconChevronRight,
  IconDownload,
  IconPrinter,
  IconRotateClockwise,
  IconZoomIn,
  IconZoomOut,
  IconZoomReset,
} from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { type Change, STEP, type View } from "./useView";

type ToolProps = { icon: Icon; label: string; onClick: () => void } & Pick<
  ActionIconProps,
  "disabled"
>;

export function Tool({ icon: Shape, label, ...rest }: ToolProps) {
  return (
    <ActionIcon variant="subtle" color="gray" size="lg" aria-label={label} title={label} {...rest}>
      <Shape size={20} aria-hidden />
    </ActionIcon>
  );
}

type Props = {
  view: View;
  change: Change;
  pages: number;
  frames: boolean;
  /** Whether there is a picture that can be made larger and turned. */
  picture: boolean;
  onPrint: (() => void) | undefined;
  onDownload: () => void;
};

/** Pages, size, turning, print and download. */
export function Toolbar({ view, change, pages, frames, picture, onPrint, onDownload }: Props) {
  const { t } = useTranslation("files");
  return (
    <Group gap={4} justify="center">
      {pages > 1 && <Pages {...{ view, change, pages, frames }} />}
      {picture && (
        <>
          <Tool
            icon={IconZoomOut}
            label={t("preview.zoomOut")}
            onClick={() => change({ type: "scale", by: 1 / STEP })}
          />
          <Text size="sm" w={52} ta="center" role="status">
            {t("preview.zoom", { percent: Math.round(view.scale * 100) })}
          </Text>
          <Tool
            icon={IconZoomIn}
            label={t("preview.zoomIn")}
            onClick={() => change({ type: "scale", by: STEP })}
          />
          <Tool
            icon={IconZoomReset}
            label={t("preview.fit")}
            onClick={() => change({ type: "fit" })}
          />
          <Tool
            icon={IconRotateClockwise}
            label={t("preview.rotate")}
            onClick={() => change({ type: "turn" })}
          />
        </>
      )}
      {onPrint && <Tool icon={IconPrinter} label={t("preview.print")} onClick={onPrint} />}
      <Tool icon={IconDownload} label={t("preview.download")} onClick={onDownload} />
    </Group>
  );
}

function Pages({
  view,
  change,
  pages,
  frames,
}: Pick<Props, "view" | "change" | "pages" | "frames">) {
  const { t } = useTranslation("files");
  const to = (page: number) => change({ type: "page", page });
  return (
    <>
      <Tool
        icon={IconChevronLeft}
        label={t("preview.previousPage")}
        disabled={view.page <= 1}
        onClick={() => to(view.page - 1)}
      />
      <NumberInput
        aria-label={t("preview.toPage")}
        size="xs"
        w={64}
        min={1}
        max={pages}
        clampBehavior="strict"
        allowDecimal={false}
        hideControls
        value={view.page}
        onChange={(value) => {
          const page = Number(value);
          if (page >= 1 && page <= pages) to(page);
        }}
      />
      <Text size="sm" role="status">
        {t(frames ? "preview.frame" : "preview.page", { at: view.page, count: pages })}
      </Text>
      <Tool
        icon={IconChevronRight}
        label={t("preview.nextPage")}
        disabled={view.page >= pages}
        onClick={() => to(view.page + 1)}
      />
    </>
  );
}
