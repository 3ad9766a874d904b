import type { ReactNode } from "react";
import { lazily } from "./lazily";
import { Over } from "./Over";

const Question = lazily(async () => (await import("./Question")).Question);

export type ConfirmDialogProps = {
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

/** Ask before something that cannot be taken back. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  return (
    <Over when={props.opened}>
      <Question {...props} />
    </Over>
  );
}
