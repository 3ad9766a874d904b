import { Anchor, Text } from "@mantine/core";
import { IconFile, IconPhotoOff } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Document, Schema } from "@/api/types";
import classes from "../messages.module.css";

type Props = { files: readonly Document[]; onOpen: (id: string) => void };

/** The files of a message: pictures to open, others to download. */
export function Files({ files, onOpen }: Props) {
  const { t } = useTranslation("messages");
  if (files.length === 0) return null;
  return (
    <div className={classes.files}>
      {files.map((one) =>
        one.preview_url ? (
          <button
            key={one.id}
            type="button"
            className={classes.picture}
            aria-label={t("media.open", { name: one.file_name })}
            onClick={() => onOpen(one.id)}
          >
            <Thumbnail file={one} />
          </button>
        ) : (
          <Anchor
            key={one.id}
            href={one.download_url}
            download={one.file_name}
            aria-label={t("media.download", { name: one.file_name })}
          >
            <IconFile size={16} aria-hidden /> {one.file_name}
          </Anchor>
        ),
      )}
    </div>
  );
}

const FRESH = 60_000; // ms after which a picture has been made, or never will be
const AGAIN = 4_000;

/**
 * A small picture; a sign in its place where it cannot be shown. The button around it has its name.
 *
 * Of a file that has just come the server gives out a sheet first, until its picture is made.
 */
function Thumbnail({ file }: { file: Document }) {
  const [attempt, setAttempt] = useState(0);
  const [failed, setFailed] = useState<number | null>(null); // the attempt that has
  const came = file.uploaded_at === null ? 0 : Date.parse(file.uploaded_at);
  useEffect(() => {
    if (Date.now() - came > FRESH) return;
    const timer = window.setTimeout(() => setAttempt(attempt + 1), AGAIN);
    return () => window.clearTimeout(timer);
  }, [came, attempt]);

  if (failed === attempt) return <IconPhotoOff size={32} aria-hidden />;
  const again = attempt > 0 ? `&attempt=${attempt}` : "";
  return (
    <img
      src={`${file.preview_url}?size=200${again}`}
      alt=""
      loading="lazy"
      width={144}
      height={144}
      onError={() => setFailed(attempt)}
    />
  );
}

/** What came with a message and is not kept (yet), and why. */
export function Media({ media }: { media: readonly Schema<"Media">[] }) {
  const { t } = useTranslation("messages");
  return media.map((one) => (
    <Text key={one.ordinal} size="sm" fs="italic">
      {t(`media.${one.state}`, { number: one.ordinal + 1, reason: one.error })}
    </Text>
  ));
}
