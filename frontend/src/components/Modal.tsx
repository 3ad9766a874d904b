import { Modal as MantineModal, type ModalProps, type ModalRootProps } from "@mantine/core";
import { useEffect, useState } from "react";
import { useEscape } from "./useEscape";

/** A dialog that Escape closes only while no other one lies over it. */
export function Modal(props: ModalProps) {
  const opened = useOpened(props);
  return <MantineModal {...props} opened={opened} closeOnEscape={false} />;
}

/** The same for a dialog that is put together by hand. */
function Root(props: ModalRootProps) {
  const opened = useOpened(props);
  return <MantineModal.Root {...props} opened={opened} closeOnEscape={false} />;
}

/**
 * Return whether it is open: never at its first rendering, even where its code came only when it was
 * wanted. Mantine gives the focus back to what had it when a dialog has opened, not when it was made.
 */
function useOpened({ opened, onClose }: { opened: boolean; onClose: () => void }): boolean {
  const [made, setMade] = useState(false);
  useEffect(() => setMade(true), []);
  useEscape(opened, onClose);
  return opened && made;
}

Modal.Root = Root;
Modal.Overlay = MantineModal.Overlay;
Modal.Content = MantineModal.Content;
Modal.Header = MantineModal.Header;
Modal.Title = MantineModal.Title;
Modal.Body = MantineModal.Body;
