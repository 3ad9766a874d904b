import { Alert, Button, Fieldset, Group, SimpleGrid, Stack } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { type Ref, useEffect, useImperativeHandle, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { Patient } from "@/api/types";
import { useSession } from "@/app/session";
import { ConflictNotice } from "@/components/ConflictNotice";
import { Dialog } from "@/components/Dialog";
import { useHold } from "@/components/LeaveGuard";
import type { Tagged } from "@/features/records/kind";
import { PatientField } from "./PatientField";
import { ALL, OWN } from "./patientDraft";
import { useClinicianName } from "./useClinicianName";
import { usePatientForm } from "./usePatientForm";
import { usePatientText } from "./usePatientText";

type Props = { patient: Tagged<Patient>; onClose: () => void };

/** Change a patient; patients and guardians change how they are reached. */
export function EditPatient(props: Props) {
  const { t } = useTranslation("people");
  const { isPatient } = useSession();
  const closer = useRef<() => void>(null);
  return (
    <Dialog title={t(isPatient ? "editOwn" : "edit")} onClose={() => closer.current?.()}>
      <PatientForm {...props} closer={closer} />
    </Dialog>
  );
}

function PatientForm({ patient, onClose, closer }: Props & { closer: Ref<() => void> }) {
  const { t } = useTranslation("people");
  const { t: common } = useTranslation();
  const { isPatient } = useSession();
  const form = usePatientForm(patient, () => {
    notifications.show({ message: t("page.saved") });
    onClose();
  });
  const leave = useHold(form.isDirty);
  const textOf = usePatientText();
  const clinicianName = useClinicianName(form.draft.clinician_id);
  const box = useRef<HTMLFormElement>(null);
  const { state } = form;
  const saving = state.status === "saving";
  useEffect(() => {
    if (state.status === "failed")
      box.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [state]);
  const fields = isPatient ? OWN : ALL;
  const elsewhere =
    state.status === "failed" && !fields.some((name) => name in state.fields) && state.message;
  const close = () => leave(onClose);
  useImperativeHandle(closer, () => close);
  return (
    <form
      ref={box}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void form.save();
      }}
    >
      <Stack>
        <Fieldset variant="unstyled" disabled={saving}>
          <SimpleGrid cols={{ base: 1, xs: 2 }} verticalSpacing="sm">
            {fields.map((name) => (
              <PatientField
                key={name}
                name={name}
                draft={form.draft}
                error={form.errorOf(name)}
                clinicianName={clinicianName}
                set={form.set}
              />
            ))}
          </SimpleGrid>
        </Fieldset>
        {elsewhere && (
          <Alert color="red" role="alert">
            {elsewhere}
          </Alert>
        )}
        {state.status === "conflict" && (
          <ConflictNotice
            rows={ALL.filter((name) => form.theirChanges(state.theirs).includes(name)).map(
              (name) => ({
                name,
                label: t(`fields.${name}`),
                theirs: textOf(name, state.theirs.data),
                mine: form.myChanges().includes(name) ? String(form.draft[name]) : null,
              }),
            )}
            onKeep={() => form.takeOver(state.theirs, true)}
            onLoad={() => form.takeOver(state.theirs, false)}
          />
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={close} disabled={saving}>
            {common("cancel")}
          </Button>
          <Button type="submit" loading={saving} disabled={state.status === "conflict"}>
            {common("save")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
