import { CloseButton, Group, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import classes from "../messages.module.css";
import type { Picture } from "./drafts";
import { MOST_BYTES, MOST_PICTURES, type Refusal } from "./pictures";
import { PictureError } from "./sendErrors";
import { useObjectUrl } from "./useObjectUrl";
import type { Reply } from "./useReply";

type Shown = { reply: Reply; disabled: boolean; onRemoved: () => void };

/** The pictures that go with a message, and why others do not. */
export function ChosenPictures({ reply, disabled, onRemoved }: Shown) {
  const { t } = useTranslation("messages");
  const { error, pictures, refused } = reply;
  if (pictures.length === 0 && refused.length === 0) return null;
  return (
    <Stack gap={4}>
      {pictures.length > 0 && (
        <Group component="ul" className={classes.plain} gap="xs" aria-label={t("reply.pictures")}>
          {pictures.map((one) => (
            <Chosen
              key={one.id}
              picture={one}
              failed={error instanceof PictureError && error.picture.id === one.id}
              disabled={disabled}
              onRemove={() => {
                reply.removePicture(one.id);
                onRemoved();
              }}
            />
          ))}
        </Group>
      )}
      <div role="alert">
        {error instanceof PictureError && (
          <Text size="sm" c="var(--mantine-color-error)">
            {t("picture.refused", { name: error.picture.file.name, reason: error.reason.message })}
          </Text>
        )}
        {refused.map((one) => (
          <Text key={`${one.reason} ${one.name}`} size="sm" c="var(--mantine-color-error)">
            <Why refusal={one} />
          </Text>
        ))}
      </div>
    </Stack>
  );
}

function Why({ refusal: { reason, name } }: { refusal: Refusal }) {
  const { t } = useTranslation("messages");
  if (reason === "tooMany") return t("picture.tooMany", { most: MOST_PICTURES });
  if (reason === "tooLarge") {
    return t("picture.tooLarge", { name, most: `${MOST_BYTES / 1_000_000} MB` });
  }
  return t(`picture.${reason}`, { name });
}

type Props = { picture: Picture; failed: boolean; disabled: boolean; onRemove: () => void };

function Chosen({ picture, failed, disabled, onRemove }: Props) {
  const { t } = useTranslation("messages");
  const address = useObjectUrl(picture.file);
  return (
    <li className={classes.chosen} data-failed={failed || undefined}>
      <img src={address} alt={picture.file.name} />
      <CloseButton
        size="sm"
        className={classes.remove}
        aria-label={t("reply.removePicture", { name: picture.file.name })}
        disabled={disabled}
        onClick={onRemove}
      />
    </li>
  );
}
