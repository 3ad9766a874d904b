import { Modal as MantineModal, type ModalProps, type ModalRootProps } from "@mantine/core";
import { useEscape } from "./useEscape";

/** A dialog that Escape closes only while no other one lies over it. */
export function Modal(props: ModalProps) {
  useEscape(props.opened, props.onClose);
  return <MantineModal {...props} closeOnEscape={false} />;
}

/** The same for a dialog that is put together by hand. */
function Root(props: ModalRootProps) {
  useEscape(props.opened, props.onClose);
  return <MantineModal.Root {...props} closeOnEscape={false} />;
}

Modal.Root = Root;
Modal.Content = MantineModal.Content;
