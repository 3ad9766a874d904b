import { ActionIcon, Button, Group, Stack, Textarea } from "@mantine/core";
import { IconClockHour4, IconSend } from "@tabler/icons-react";
import { type KeyboardEvent, useEffect, useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schema } from "@/api/types";
import { useSession } from "@/app/session";
import classes from "../messages.module.css";
import { AddPictures } from "./AddPictures";
import { ChosenPictures } from "./ChosenPictures";
import { ChosenTemplate } from "./ChosenTemplate";
import { Counter } from "./Counter";
import type { Target } from "./drafts";
import { SendError } from "./SendError";
import { countSegments, LONGEST } from "./segments";
import { TemplateMenu } from "./TemplateMenu";
import { useFieldError } from "./useFieldError";
import { useReply } from "./useReply";
import { WhenField } from "./WhenField";

type Props = { target: Target; onSent: (message: Schema<"Message">) => void };

/** Where one writes: a text or a template, pictures, now or at a time. */
export function ReplyBox({ target, onSent }: Props) {
  const { t } = useTranslation("messages");
  const { can } = useSession();
  const counterId = useId();
  const field = useRef<HTMLTextAreaElement>(null);
  const [said, say] = useState("");
  const reply = useReply(target, (message) => {
    say(t(message.status === "scheduled" ? "reply.scheduled" : "reply.sent"));
    field.current?.focus();
    onSent(message);
  });
  const { draft, pictures, status } = reply;
  const errorOf = useFieldError(reply.error);
  const [later, setLater] = useState(draft.scheduledAt !== "");
  const counted = countSegments(draft.body);
  const tooLong = counted.length > LONGEST;
  const sending = status === "pending";
  const something = draft.templateId !== "" || counted.length > 0 || pictures.length > 0;
  const ready = something && !tooLong && !sending && !(later && draft.scheduledAt === "");

  useEffect(() => {
    if (status === "success") setLater(false);
  }, [status]);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    if (ready) reply.send();
  };

  return (
    <form
      className={classes.reply}
      onSubmit={(event) => {
        event.preventDefault();
        if (ready) reply.send();
      }}
    >
      <Stack gap="xs">
        <SendError error={reply.error} />
        <ChosenPictures reply={reply} disabled={sending} />
        {draft.templateId ? (
          <ChosenTemplate
            id={draft.templateId}
            hasText={draft.body !== ""}
            error={errorOf("template_id") ?? errorOf("body")}
            disabled={sending}
            onRemove={() => reply.change({ templateId: "" })}
          />
        ) : (
          <Textarea
            ref={field}
            aria-label={t("reply.label")}
            placeholder={t("reply.placeholder")}
            aria-describedby={counterId}
            autosize
            minRows={2}
            maxRows={8}
            value={draft.body}
            readOnly={sending}
            error={
              tooLong
                ? t("reply.tooLong", { most: LONGEST, count: counted.length })
                : errorOf("body")
            }
            onChange={(event) => {
              say("");
              reply.change({ body: event.currentTarget.value });
            }}
            onKeyDown={onKeyDown}
          />
        )}
        <Counter id={counterId} counted={counted} hidden={draft.templateId !== ""} />
        {later && (
          <WhenField
            value={draft.scheduledAt}
            error={errorOf("scheduled_at")}
            disabled={sending}
            onChange={(scheduledAt) => reply.change({ scheduledAt })}
            onRemove={() => {
              setLater(false);
              reply.change({ scheduledAt: "" });
            }}
          />
        )}
        <Group justify="space-between" gap="xs" wrap="nowrap">
          <Group gap={4}>
            <AddPictures disabled={sending} onChoose={reply.addPictures} />
            {can("templates.view") && (
              <TemplateMenu
                disabled={sending}
                onChoose={(templateId) => reply.change({ templateId })}
              />
            )}
            <ActionIcon
              variant="subtle"
              color="gray"
              size="lg"
              aria-label={t("reply.later")}
              aria-pressed={later}
              disabled={sending || later}
              onClick={() => setLater(true)}
            >
              <IconClockHour4 size={20} aria-hidden />
            </ActionIcon>
          </Group>
          <Button
            type="submit"
            disabled={!ready}
            loading={sending}
            leftSection={<IconSend size={16} aria-hidden />}
          >
            {t(later ? "reply.schedule" : "reply.send")}
          </Button>
        </Group>
        <div role="status" className={classes.said}>
          {sending && reply.place > 0
            ? t("reply.uploading", { number: reply.place, total: pictures.length })
            : said}
        </div>
      </Stack>
    </form>
  );
}
