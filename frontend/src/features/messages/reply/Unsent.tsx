import { Anchor, Button, Group, Stack, Textarea } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useSession } from "@/app/session";
import classes from "../messages.module.css";
import { changeWritten, type Picture, type Target, useWritten, WRITING } from "./drafts";
import { EMPTY } from "./kept";
import { useObjectUrl } from "./useObjectUrl";

/** What somebody has written where nothing can be sent any more: to be copied, or let go. */
export function Unsent({ target }: { target: Target }) {
  const { t } = useTranslation("messages");
  const userId = useSession().me.user.id;
  const { draft, pictures, state } = useWritten(userId, target);
  if (draft.body === "" && pictures.length === 0) return null;
  return (
    <Stack gap="xs">
      <Textarea
        label={t("reply.unsent")}
        description={t("reply.unsentHint")}
        value={draft.body}
        readOnly
        autosize
        maxRows={8}
      />
      {pictures.length > 0 && (
        <Group component="ul" className={classes.plain} gap="xs" aria-label={t("reply.pictures")}>
          {pictures.map((one) => (
            <Saved key={one.id} picture={one} />
          ))}
        </Group>
      )}
      <Button
        variant="default"
        size="xs"
        disabled={state.step === "sending"}
        onClick={() =>
          changeWritten(userId, target, () => ({ draft: EMPTY, pictures: [], state: WRITING }))
        }
        style={{ alignSelf: "flex-start" }}
      >
        {t("reply.discard")}
      </Button>
    </Stack>
  );
}

/** A picture that may be nowhere else: taken with the telephone's camera for this message. */
function Saved({ picture }: { picture: Picture }) {
  const { t } = useTranslation("messages");
  const { name } = picture.file;
  return (
    <li>
      <Anchor href={useObjectUrl(picture.file)} download={name} size="sm">
        {t("media.download", { name })}
      </Anchor>
    </li>
  );
}
