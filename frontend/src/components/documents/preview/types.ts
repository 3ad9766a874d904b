import type { Document } from "@/api/types";

export type PreviewProps = {
  files: readonly Document[];
  /** Which of them is shown; the one around it decides. */
  index: number;
  onIndex: (index: number) => void;
  onClose: () => void;
};
