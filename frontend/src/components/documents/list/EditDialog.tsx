import { Alert, Button, Group, NativeSelect, Stack, Textarea, TextInput } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import type { FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "@/api/problem";
import type { Document } from "@/api/types";
import { Modal } from "@/components/Modal";
import { useErrorText } from "@/components/states";
import { categoryName } from "../files";
import { usePolicy } from "../policies";
import type { FilesChange } from "./types";
import { useDescribe } from "./useDescribe";

type Props = {
  document: Document | null;
  onClose: () => void;
  onChanged?: ((change: FilesChange) => void) | undefined;
};

/** Description, category and date of one document; its bytes and its name never change. */
export function EditDialog({ document, onClose, onChanged }: Props) {
  const { t } = useTranslation("files");
  const { t: common } = useTranslation();
  return (
    <Modal
      closeOnClickOutside={false}
      opened={document !== null}
      onClose={onClose}
      title={document && t("edit.title", { name: document.file_name })}
      closeButtonProps={{ "aria-label": common("close") }}
      returnFocus={false}
      transitionProps={{ duration: 0 }}
    >
      {document && <Form key={document.id} {...{ document, onClose, onChanged }} />}
    </Modal>
  );
}

type FormProps = Pick<Props, "onClose" | "onChanged"> & { document: Document };

function Form({ document, onClose, onChanged }: FormProps) {
  const { t } = useTranslation("files");
  const { t: common } = useTranslation();
  const errorText = useErrorText();
  const policy = usePolicy(document.entity_type);
  const form = useDescribe(document, onClose, onChanged);
  const fields = form.error instanceof ApiError ? form.error.fields : {};
  const categories = [...new Set([...(policy.data?.categories ?? []), document.category])];

  function submit(event: FormEvent) {
    event.preventDefault();
    form.save();
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <Textarea
          label={t("edit.description")}
          value={form.values.description}
          onChange={(event) => form.set({ description: event.currentTarget.value })}
          error={fields.description}
          maxLength={500}
          rows={3}
          data-autofocus
        />
        <NativeSelect
          label={t("edit.category")}
          value={form.values.category}
          onChange={(event) => form.set({ category: event.currentTarget.value })}
          error={fields.category}
          data={categories.map((value) => ({ value, label: categoryName(value) }))}
        />
        <TextInput
          type="date"
          label={t("edit.date")}
          value={form.values.document_date}
          onChange={(event) => form.set({ document_date: event.currentTarget.value })}
          error={fields.document_date}
        />
        {form.error !== null && (
          <Alert role="alert" color="red" icon={<IconAlertTriangle aria-hidden />}>
            {errorText(form.error)}
          </Alert>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} disabled={form.status === "pending"}>
            {common("cancel")}
          </Button>
          <Button type="submit" loading={form.status === "pending"}>
            {common("save")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
