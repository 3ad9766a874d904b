import { Alert, Anchor, Button, Group, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { lookAgain, useSession } from "@/app/session";
import DocumentManager from "@/components/documents/DocumentManager";
import type { DocumentManagerHandle } from "@/components/documents/types";
import { useErrorText } from "@/components/states";
import { holdForm, keepEnter } from "./form";
import type { Place } from "./places";
import { putAway } from "./plain";

type Said = { kind: "nothing" | "saving" | "saved" | "wrong"; text: string };
const NOTICE = "documents-of-the-page";
const SILENT: Said = { kind: "nothing", text: "" };

type Props = {
  place: Place;
  /** The session is over, and something here is not saved. */
  locked: boolean;
  onLeave: () => void;
};

/** The manager in the place of the plain form; the page's own Save saves both. */
export function Island({ place, locked, onLeave }: Props) {
  const { t } = useTranslation("island");
  const textOf = useErrorText();
  const manager = useRef<DocumentManagerHandle>(null);
  const [said, say] = useState(SILENT);
  const { element, plain, form, operations } = place;
  const config = useMemo(() => ({ operations }), [operations]);

  // Before anything is drawn: never both, and never neither.
  useLayoutEffect(() => (plain ? putAway(plain) : undefined), [plain]);
  useEffect(() => keepEnter(element), [element]);

  const client = useQueryClient();
  const ownerId = useSession().me.user.id;
  const save = useCallback(async (): Promise<boolean> => {
    say({ kind: "saving", text: t("saving") });
    // The tab of the documents may be hidden when the page is sent.
    notifications.show({ id: NOTICE, message: t("saving"), loading: true, autoClose: false });
    const refuse = (text: string): false => {
      say({ kind: "wrong", text });
      notifications.update({ id: NOTICE, message: text, color: "red", loading: false });
      element.scrollIntoView({ block: "start" });
      return false;
    };
    try {
      // Sent now, the page would lead to the login, and all that was entered on it would be lost.
      if (locked && (await lookAgain(client))?.user.id !== ownerId)
        return refuse(t("over.saveLater"));
      const { failed } = (await manager.current?.save()) ?? { failed: [] };
      if (failed.length > 0) return refuse(t("failed", { names: failed.join(", ") }));
      say({ kind: "saved", text: t("saved") });
      notifications.hide(NOTICE);
      await nextTask(); // what asks before the page is left has let go of it by then
      return true;
    } catch (error) {
      return refuse(t("notSaved", { reason: textOf(error) }));
    }
  }, [client, element, locked, ownerId, t, textOf]);

  const latest = useRef(save);
  latest.current = save;
  const mustWait = useRef(locked);
  mustWait.current = locked;
  const isEdited = place.mode === "edit";
  const isHeld = isEdited && form !== null;
  useEffect(() => {
    if (!isHeld || form === null) return;
    return holdForm(form, {
      hasChanges: () => mustWait.current || manager.current?.hasChanges() === true,
      save: () => latest.current(),
    });
  }, [isHeld, form]);

  const leave = () => {
    if (manager.current?.hasChanges()) say({ kind: "wrong", text: t("saveFirst") });
    else onLeave();
  };
  const saveNow = () => {
    if (manager.current?.hasChanges()) void save();
    else say({ kind: "saved", text: t("nothing") });
  };

  return (
    <Stack gap="sm">
      {place.closed && (
        <Alert color="gray" role="note">
          {place.closed}
        </Alert>
      )}
      <DocumentManager
        entityType={place.entityType}
        entityId={place.entityId}
        mode={place.mode}
        config={config}
        {...(isHeld && { ref: manager })}
      />
      {locked && (
        <Alert color="orange" role="alert" title={t("over.title")}>
          <Text size="sm">{t("over.text")}</Text>
          <Anchor href="/admin/login/" target="_blank" rel="noopener" size="sm">
            {t("over.signIn")}
          </Anchor>
        </Alert>
      )}
      {said.kind === "wrong" && (
        <Alert color="red" role="alert">
          {said.text}
        </Alert>
      )}
      <Group justify="space-between" gap="xs">
        <Group gap="xs">
          {isHeld && (
            <>
              <Button size="xs" disabled={said.kind === "saving"} onClick={saveNow}>
                {t("save")}
              </Button>
              <Text size="xs" c="dimmed">
                {t("saveHint")}
              </Text>
            </>
          )}
          <Text size="xs" role="status">
            {said.kind === "wrong" ? "" : said.text}
          </Text>
        </Group>
        {plain && (
          <Button size="xs" variant="subtle" color="gray" onClick={leave}>
            {t("plain")}
          </Button>
        )}
      </Group>
    </Stack>
  );
}

const nextTask = () => new Promise<void>((resolve) => setTimeout(resolve));
