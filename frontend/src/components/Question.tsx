import { Button, Group, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Modal } from "@/components/Modal";

import type { ConfirmDialogProps } from "./ConfirmDialog";

/**
 * What a `ConfirmDialog` shows; the harmless answer has the focus.
 *
 * It has no header of its own: over another dialog a page would have two.
 */
export function Question(props: ConfirmDialogProps) {
  const { t } = useTranslation();
  return (
    <Modal.Root
      opened={props.opened}
      onClose={props.onClose}
      centered
      zIndex={300}
      transitionProps={{ duration: 0 }}
    >
      <Modal.Overlay />
      <Modal.Content>
        <Modal.Body pt="md">
          <Stack>
            <Modal.Title fw={600} fz="lg">
              {props.title}
            </Modal.Title>
            <Text>{props.text}</Text>
            {props.children}
            <Group justify="flex-end">
              <Button variant="default" onClick={props.onClose} data-autofocus>
                {props.cancel ?? t("cancel")}
              </Button>
              <Button
                color={props.danger ? "red.9" : undefined}
                loading={props.busy ?? false}
                onClick={props.onConfirm}
              >
                {props.confirm}
              </Button>
            </Group>
          </Stack>
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
