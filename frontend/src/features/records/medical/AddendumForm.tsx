import { Alert, Button, Stack, Textarea } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, unwrap } from "@/api/client";
import { ApiError, isUnsure } from "@/api/problem";
import { useHold } from "@/components/LeaveGuard";
import { useErrorText } from "@/components/states";
import { useAction } from "@/components/useAction";

/** Add to a final record. What was sent can never be taken back, so it is not sent twice. */
export function AddendumForm({ recordId }: { recordId: string }) {
  const { t } = useTranslation("records");
  const errorText = useErrorText();
  const client = useQueryClient();
  const [text, setText] = useState("");
  useHold(() => text.trim() !== "");
  const refresh = () =>
    client.invalidateQueries({ queryKey: ["record", "medical-records", recordId] });
  const add = useAction({
    mutationFn: () =>
      unwrap(
        api.POST("/api/v1/medical-records/{id}/addenda", {
          params: { path: { id: recordId } },
          body: { text },
        }),
      ),
    onSuccess: async () => {
      setText("");
      notifications.show({ message: t("addenda.added") });
      await refresh();
    },
    onError: refresh,
  });
  const error = add.error;
  const beside = error instanceof ApiError ? error.fields.text : undefined;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (text.trim() && !add.isPending) add.run();
      }}
    >
      <Stack gap="xs" align="flex-start">
        <Textarea
          w="100%"
          label={t("addenda.text")}
          description={t("addenda.hint")}
          error={beside}
          value={text}
          readOnly={add.isPending}
          maxLength={10_000}
          autosize
          minRows={2}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        {error && !beside && (
          <Alert color="orange" role="alert">
            {isUnsure(error) ? t("addenda.unknown") : errorText(error)}
          </Alert>
        )}
        <Button type="submit" size="xs" loading={add.isPending} disabled={!text.trim()}>
          {t("addenda.add")}
        </Button>
      </Stack>
    </form>
  );
}
