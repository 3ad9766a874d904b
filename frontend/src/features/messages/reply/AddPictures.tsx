import { ActionIcon, FileButton } from "@mantine/core";
import { IconPhotoPlus } from "@tabler/icons-react";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { TYPES } from "./pictures";

type Props = { disabled: boolean; onChoose: (files: readonly File[]) => void };

export function AddPictures({ disabled, onChoose }: Props) {
  const { t } = useTranslation("messages");
  const reset = useRef<() => void>(null);
  return (
    <FileButton
      multiple
      accept={TYPES.join(",")}
      disabled={disabled}
      resetRef={reset}
      inputProps={{ "aria-label": t("reply.addPictures") }}
      onChange={(files) => {
        onChoose(files);
        reset.current?.(); // so that the same file can be chosen again
      }}
    >
      {(props) => (
        <ActionIcon
          {...props}
          variant="subtle"
          color="gray"
          size="lg"
          disabled={disabled}
          aria-label={t("reply.addPictures")}
        >
          <IconPhotoPlus size={20} aria-hidden />
        </ActionIcon>
      )}
    </FileButton>
  );
}
