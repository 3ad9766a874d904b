import { FilePreview } from "@/components/documents/preview/FilePreview";
import type { ThreadMessage } from "../data/order";

type Props = {
  messages: readonly ThreadMessage[];
  /** The id of the file that is looked at, or nothing. */
  opened: string;
  onOpen: (id: string) => void;
};

/** All pictures of what is loaded of a conversation, one after another. */
export function Pictures({ messages, opened, onOpen }: Props) {
  const files = messages.flatMap((one) => one.files).filter((one) => one.preview_url);
  const index = files.findIndex((one) => one.id === opened);
  if (opened === "" || index === -1) return null;
  return (
    <FilePreview
      files={files}
      index={index}
      onIndex={(place) => onOpen(files[place]?.id ?? "")}
      onClose={() => onOpen("")}
    />
  );
}
