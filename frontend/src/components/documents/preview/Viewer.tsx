import { Group, Text, VisuallyHidden } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconChevronLeft, IconChevronRight, IconX } from "@tabler/icons-react";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { Document } from "@/api/types";
import { Modal } from "@/components/Modal";
import { ErrorState, LoadingState } from "@/components/states";
import { useFileDownload } from "../download";
import { isText, kindOf } from "../files";
import { PictureView } from "./PictureView";
import { Placeholder } from "./Placeholder";
import { printPart, printPicture } from "./print";
import { TextView } from "./TextView";
import { Tool, Toolbar } from "./Toolbar";
import type { PreviewProps } from "./types";
import { usePicture } from "./usePicture";
import { type Change, STEP, useView, type View } from "./useView";
import { useViewerKeys } from "./useViewerKeys";
import classes from "./Viewer.module.css";

/** The dialog itself. Esc closes it; the focus stays in it and goes back where it was. */
export default function Viewer(props: PreviewProps) {
  const document = props.files[props.index];
  if (!document) return null;
  return <Shown {...props} document={document} />;
}

function Shown({
  files,
  index,
  onIndex,
  onClose,
  document,
}: PreviewProps & { document: Document }) {
  const { t } = useTranslation("files");
  const [view, change] = useView(document.id);
  const { download } = useFileDownload();
  const stage = useRef<HTMLDivElement>(null);
  const text = isText(document) && document.preview_url === null;
  const picture = usePicture(files, index, view, !text);
  const { pages, url } = picture;

  // A picture that gives way to the next one may take the focus with it.
  useEffect(() => {
    if (window.document.activeElement === window.document.body) stage.current?.focus();
  });

  const name = document.file_name;
  const fetchIt = () => void download(document);
  const previous = () => index > 0 && onIndex(index - 1);
  const next = () => index < files.length - 1 && onIndex(index + 1);
  const toPage = (page: number) => page >= 1 && page <= pages && change({ type: "page", page });
  const print = text
    ? printText
    : url
      ? () => void printPicture(url, view.turns).catch(tell)
      : undefined;

  function printText() {
    const part = stage.current?.querySelector("[data-print]");
    if (part) printPart(part);
  }

  function tell() {
    notifications.show({ color: "red", message: t("preview.printFailed") });
  }

  useViewerKeys({
    ArrowLeft: previous,
    ArrowRight: next,
    PageUp: () => toPage(view.page - 1),
    PageDown: () => toPage(view.page + 1),
    "+": () => change({ type: "scale", by: STEP }),
    "=": () => change({ type: "scale", by: STEP }),
    "-": () => change({ type: "scale", by: 1 / STEP }),
    "0": () => change({ type: "fit" }),
    r: () => change({ type: "turn" }),
    d: fetchIt,
    ...(print && { p: print }),
  });

  return (
    <Modal.Root
      opened
      onClose={onClose}
      fullScreen
      xOffset={0}
      yOffset={0}
      transitionProps={{ duration: 0 }}
    >
      <Modal.Content aria-label={t("preview.title", { name })}>
        <div className={classes.content}>
          <div className={classes.head}>
            <Text fw={500} truncate flex={1} miw={0} title={name}>
              {name}
            </Text>
            <VisuallyHidden role="status">
              {`${name}, ${t("preview.position", { at: index + 1, count: files.length })}`}
            </VisuallyHidden>
            {files.length > 1 && (
              <Group gap={0} wrap="nowrap">
                <Tool
                  icon={IconChevronLeft}
                  label={t("preview.previous")}
                  disabled={index === 0}
                  onClick={previous}
                />
                <Text size="sm" className={classes.counter}>
                  {t("preview.position", { at: index + 1, count: files.length })}
                </Text>
                <Tool
                  icon={IconChevronRight}
                  label={t("preview.next")}
                  disabled={index >= files.length - 1}
                  onClick={next}
                />
              </Group>
            )}
            <Tool icon={IconX} label={t("preview.close")} onClick={onClose} />
          </div>
          <div ref={stage} className={classes.stage} tabIndex={-1} data-autofocus>
            {text ? (
              <TextView document={document} />
            ) : (
              <Stage {...{ document, picture, view, change, fetchIt }} />
            )}
          </div>
          <Toolbar
            {...{ view, change, pages }}
            frames={kindOf(document) === "dicom"}
            picture={url !== undefined}
            onPrint={print}
            onDownload={fetchIt}
          />
          <Text className={classes.keys}>{t("preview.keys")}</Text>
        </div>
      </Modal.Content>
    </Modal.Root>
  );
}

type StageProps = {
  document: Document;
  picture: ReturnType<typeof usePicture>;
  view: View;
  change: Change;
  fetchIt: () => void;
};

function Stage({ document, picture, view, change, fetchIt }: StageProps) {
  const { t } = useTranslation("files");
  const { placeholder, url, sharp, error, pages } = picture;
  if (error !== null) return <ErrorState error={error} onRetry={picture.refetch} />;
  if (placeholder) {
    return <Placeholder document={document} reason={placeholder} onDownload={fetchIt} />;
  }
  if (url === undefined) return <LoadingState label={t("preview.loading")} />;
  const name = t("preview.picture", { name: document.file_name, at: view.page, count: pages });
  return <PictureView {...{ url, sharp, name, view, change }} />;
}
