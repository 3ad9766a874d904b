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
import { Joined } from "./Joined";
import { Progress } from "./Progress";
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
  const time = useRef<HTMLInputElement>(null);
  const reply = useReply(target, (message) => {
    field.current?.focus();
    onSent(message);
  });
  const { draft, pictures, state } = reply;
  const errorOf = useFieldError(reply.error);
  const [asksWhen, askWhen] = useState(false);
  const later = asksWhen || draft.scheduledAt !== "";
  const counted = countSegments(draft.body);
  const tooLong = draft.templateId === "" && counted.length > LONGEST;
  const sending = state.step === "sending";
  const something = draft.templateId !== "" || counted.length > 0 || pictures.length > 0;
  const ready = something && !tooLong && !sending && !(later && draft.scheduledAt === "");

  useEffect(() => {
    if (state.step === "sent") askWhen(false);
  }, [state.step]);
  useEffect(() => {
    if (asksWhen) time.current?.focus();
  }, [asksWhen]);
  // The text comes back into the place of a template, on whose button the focus was.
  const before = useRef(draft.templateId);
  useEffect(() => {
    if (before.current !== "" && draft.templateId === "") field.current?.focus();
    before.current = draft.templateId;
  }, [draft.templateId]);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    if (ready) void reply.send();
  };

  return (
    <form
      className={classes.reply}
      onSubmit={(event) => {
        event.preventDefault();
        if (ready) void reply.send();
      }}
    >
      <Stack gap="xs">
        {draft.joined && <Joined onSeen={() => reply.change({ joined: false })} />}
        <SendError error={reply.error} />
        <ChosenPictures reply={reply} disabled={sending} onRemoved={() => field.current?.focus()} />
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
            onChange={(event) => reply.change({ body: event.currentTarget.value })}
            onKeyDown={onKeyDown}
          />
        )}
        <Counter id={counterId} counted={counted} hidden={draft.templateId !== ""} />
        {later && (
          <WhenField
            ref={time}
            value={draft.scheduledAt}
            error={errorOf("scheduled_at")}
            disabled={sending}
            onChange={(scheduledAt) => reply.change({ scheduledAt })}
            onRemove={() => {
              askWhen(false);
              reply.change({ scheduledAt: "" });
              field.current?.focus();
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
              onClick={() => askWhen(true)}
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
          <Progress state={state} pictures={pictures.length} />
        </div>
      </Stack>
    </form>
  );
}
