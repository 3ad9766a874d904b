import { Button, Group, Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Modal } from "@/components/Modal";

type Props = {
  opened: boolean;
  title: string;
  confirm: string;
  cancel?: string;
  onConfirm: () => void;
  onClose: () => void;
  busy?: boolean;
  danger?: boolean;
  /** Something that stands between the text and the buttons, such as an error. */
  children?: ReactNode;
  text: string;
};

/**
 * Ask before something that cannot be taken back; the harmless answer has the focus.
 *
 * It has no header of its own: over another dialog a page would have two.
 */
export function ConfirmDialog(props: Props) {
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
