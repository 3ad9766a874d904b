import { Button, Divider, Fieldset, Group, SimpleGrid, Stack, Title } from "@mantine/core";
import { type Ref, useEffect, useId, useImperativeHandle, useRef } from "react";
import { useTranslation } from "react-i18next";
import DocumentManager from "@/components/documents/DocumentManager";
import type { DocumentManagerHandle } from "@/components/documents/types";
import { useHold } from "@/components/LeaveGuard";
import { PatientPicker } from "@/features/patient/PatientPicker";
import type { BaseDraft, BaseRecord, Kind, Tagged } from "../kind";
import { Conflict } from "./Conflict";
import { FieldInput, isWide } from "./FieldInput";
import { FormNotice } from "./FormNotice";
import classes from "./RecordForm.module.css";
import { UnknownOutcome } from "./UnknownOutcome";
import { useRecordForm } from "./useRecordForm";

type Props<R extends BaseRecord, D extends BaseDraft, B> = {
  kind: Kind<R, D, B>;
  /** None: a new one is written. */
  initial: Tagged<R> | null;
  patientId?: string | undefined;
  onSaved: (record: R) => void;
  onCancel: () => void;
  /** What the dialog around it calls to be closed: it asks first where something would be lost. */
  closer: Ref<() => void>;
};

/** Write or change a record together with its documents. */
export function RecordForm<R extends BaseRecord, D extends BaseDraft, B extends object>({
  kind,
  initial,
  patientId,
  onSaved,
  onCancel,
  closer,
}: Props<R, D, B>) {
  const { t } = useTranslation("records");
  const { t: common } = useTranslation();
  const documents = useRef<DocumentManagerHandle>(null);
  const body = useRef<HTMLFormElement>(null);
  const formId = useId();
  const form = useRecordForm({ kind, initial, patientId, documents, onSaved });
  const { base, draft, state, errorOf } = form;
  const leave = useHold(form.isDirty);
  const saving = state.status === "saving";

  // After a refusal the first field that is wrong has the focus.
  const { refusals } = form;
  useEffect(() => {
    if (refusals > 0) body.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [refusals]);

  // What must be decided is below a long form: bring it into sight.
  const question = useRef<HTMLDivElement>(null);
  const asks = state.status === "unknown" || state.status === "conflict";
  useEffect(() => {
    if (asks) question.current?.scrollIntoView({ block: "nearest" });
  }, [asks]);

  const close = () => leave(onCancel);
  useImperativeHandle(closer, () => close);
  // Once: the record may be read again while somebody writes.
  const isChange = initial !== null;
  useEffect(() => {
    if (isChange) body.current?.querySelector<HTMLElement>("input")?.focus();
  }, [isChange]);
  return (
    <form
      id={formId}
      ref={body}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        event.stopPropagation();
        void form.save();
      }}
    >
      <Stack>
        <Fieldset variant="unstyled" disabled={saving}>
          <SimpleGrid cols={{ base: 1, xs: 2 }} verticalSpacing="sm">
            {initial === null && !patientId && (
              <div className={classes.wide}>
                <PatientPicker
                  required
                  disabled={base !== null || state.status === "unknown"}
                  value={draft.patient_id || null}
                  error={errorOf("patient_id")}
                  onChange={(id) =>
                    form.change({
                      patient_id: id ?? "",
                      ...("visit_id" in draft ? { visit_id: "" } : {}),
                    })
                  }
                />
              </div>
            )}
            {kind.fields.map((field) => (
              <div key={field.name} className={isWide(field) ? classes.wide : undefined}>
                <FieldInput
                  field={field}
                  record={base?.data ?? null}
                  draft={draft}
                  change={form.change}
                  set={(name, value) => form.change({ [name]: value })}
                  errorOf={errorOf}
                />
              </div>
            ))}
          </SimpleGrid>
        </Fieldset>
        <Divider />
        <section aria-labelledby={`${formId}-documents`}>
          <Title order={3} size="h4" mb="xs" id={`${formId}-documents`}>
            {t("dialog.documents")}
          </Title>
          <DocumentManager
            ref={documents}
            entityType={kind.slug}
            entityId={base?.data.id}
            mode={base ? "edit" : "create"}
          />
        </section>
        <div ref={question}>
          {state.status === "unknown" && (
            <UnknownOutcome
              kind={kind}
              patientId={draft.patient_id}
              since={state.since}
              onFound={form.adopt}
              onAgain={form.again}
            />
          )}
          {state.status === "conflict" && (
            <Conflict
              kind={kind}
              theirs={state.theirs.data}
              draft={draft}
              changed={form.theirChanges(state.theirs)}
              mine={form.myChanges()}
              onKeep={() => form.takeOver(state.theirs, true)}
              onLoad={() => form.takeOver(state.theirs, false)}
            />
          )}
        </div>
        <div className={classes.actions}>
          <FormNotice state={state} />
          <Group justify="flex-end">
            <Button variant="default" onClick={close} disabled={saving}>
              {common(state.status === "filesLeft" ? "close" : "cancel")}
            </Button>
            <Button
              type="submit"
              loading={saving}
              disabled={state.status === "unknown" || state.status === "conflict"}
            >
              {common("save")}
            </Button>
          </Group>
        </div>
      </Stack>
    </form>
  );
}
