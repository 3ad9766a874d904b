import { Alert, Button, Group, Select, Stack, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, unwrap } from "@/api/client";
import { ApiError } from "@/api/problem";
import type { Schema } from "@/api/types";
import { Dialog } from "@/components/Dialog";
import { useHold } from "@/components/LeaveGuard";
import { useErrorText } from "@/components/states";
import { useAction } from "@/components/useAction";
import { toOptions } from "@/features/records/choices";
import { one } from "@/features/records/endpoints";

type Relationship = NonNullable<Schema<"GuardianRequest">["relationship"]>;
type Props = { patientId: string; onClose: () => void };

/** Name a login that acts for a patient. */
export function AddGuardian({ patientId, onClose }: Props) {
  const { t } = useTranslation("people");
  const { t: common } = useTranslation();
  const errorText = useErrorText();
  const client = useQueryClient();
  const [email, setEmail] = useState("");
  const [relationship, setRelationship] = useState<Relationship>("parent");
  useHold(() => email.trim() !== "");
  const words: Record<Relationship, string> = t("guardians.relationships", {
    returnObjects: true,
  });
  const isRelationship = (text: string): text is Relationship => text in words;
  const refresh = () => client.invalidateQueries({ queryKey: ["guardians", patientId] });
  const add = useAction({
    mutationFn: () =>
      unwrap(
        api.POST("/api/v1/patients/{id}/guardians", {
          ...one(patientId),
          body: { email: email.trim(), relationship },
        }),
      ),
    onSuccess: () => notifications.show({ message: t("guardians.added") }),
    onSettled: refresh,
  });
  const fields = add.error instanceof ApiError ? add.error.fields : {};
  return (
    <Dialog title={t("guardians.add")} onClose={onClose}>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          add.run(undefined, { onSuccess: onClose });
        }}
      >
        <Stack>
          <TextInput
            type="email"
            label={t("guardians.email")}
            description={t("guardians.emailHint")}
            error={fields.email}
            value={email}
            maxLength={254}
            autoComplete="off"
            withAsterisk
            onChange={(event) => setEmail(event.currentTarget.value)}
          />
          <Select
            label={t("guardians.relationship")}
            data={toOptions(words)}
            allowDeselect={false}
            error={fields.relationship}
            value={relationship}
            onChange={(chosen) => {
              if (chosen && isRelationship(chosen)) setRelationship(chosen);
            }}
          />
          {add.error && Object.keys(fields).length === 0 && (
            <Alert color="red" role="alert">
              {errorText(add.error)}
            </Alert>
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {common("cancel")}
            </Button>
            <Button type="submit" loading={add.isPending} disabled={!email.trim()}>
              {common("save")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
