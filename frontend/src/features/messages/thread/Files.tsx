import { Anchor, Text } from "@mantine/core";
import { IconFile, IconPhotoOff } from "@tabler/icons-react";
import { useState } from "react";
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
            <Thumbnail address={one.preview_url} />
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

/** A small picture; a sign in its place where it cannot be shown. The button around it has its name. */
function Thumbnail({ address }: { address: string }) {
  const [failed, setFailed] = useState(false);
  if (failed) return <IconPhotoOff size={32} aria-hidden />;
  return (
    <img
      src={`${address}?size=200`}
      alt=""
      loading="lazy"
      width={144}
      height={144}
      onError={() => setFailed(true)}
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
