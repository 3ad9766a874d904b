import { Alert, Anchor, Button, Fieldset, Group, SimpleGrid, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { ApiError, isUnsure } from "@/api/problem";
import { useHold } from "@/components/LeaveGuard";
import { Modal } from "@/components/Modal";
import { useErrorText } from "@/components/states";
import { Problem } from "@/features/session/Problem";
import { Alike } from "./Alike";
import { EMPTY, PatientFields, type Typed } from "./PatientFields";
import { nameOf } from "./people";
import { useCreatePatient } from "./useCreatePatient";

type Props = { opened: boolean; onClose: () => void };

/** Add a patient. What was typed stays when this is closed, until the patient is made. */
export function CreatePatient({ opened, onClose }: Props) {
  const { t } = useTranslation("patients");
  const common = useTranslation().t;
  const text = useErrorText();
  const navigate = useNavigate();
  const [typed, setTyped] = useState<Typed>(EMPTY);
  useHold(() => Object.values(typed).some((one) => one !== ""));
  const create = useCreatePatient((patient) => {
    setTyped(EMPTY);
    onClose();
    notifications.show({ message: t("created", { name: nameOf(patient) }), color: "teal" });
    void navigate(`/patients/${patient.id}`);
  });
  const { error } = create;
  const fields = error instanceof ApiError ? error.fields : {};
  const other = error instanceof ApiError ? error.body.patient_id : undefined;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.submit(typed);
  };
  return (
    <Modal
      opened={opened}
      onClose={() => {
        if (!create.isPending) onClose(); // they are led to the patient in a moment
      }}
      closeOnClickOutside={false}
      size="lg"
      title={t("create")}
      closeButtonProps={{ "aria-label": common("close") }}
    >
      <form onSubmit={submit} noValidate={false}>
        <Stack>
          {error && Object.keys(fields).length === 0 && (
            <Problem>{isUnsure(error) ? t("unsure") : text(error)}</Problem>
          )}
          {Object.keys(fields).length > 0 && <Problem>{t("mend")}</Problem>}
          {typeof other === "string" && (
            <Alert color="orange" role="status">
              <Text size="sm">{t("duplicate")}</Text>
              <Anchor component={Link} to={`/patients/${other}`}>
                {t("openOther")}
              </Anchor>
            </Alert>
          )}
          <Fieldset variant="unstyled" disabled={create.isPending}>
            <SimpleGrid cols={{ base: 1, xs: 2 }}>
              <PatientFields
                value={typed}
                errors={fields}
                onChange={(part) => {
                  setTyped((now) => ({ ...now, ...part }));
                  create.forget();
                }}
              />
            </SimpleGrid>
          </Fieldset>
          {create.alike.length > 0 && (
            <Alike
              patients={create.alike}
              loading={create.isPending}
              onConfirm={() => create.confirm(typed)}
            />
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose} disabled={create.isPending}>
              {common("cancel")}
            </Button>
            {create.alike.length === 0 && (
              <Button type="submit" loading={create.isPending}>
                {t("create")}
              </Button>
            )}
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
