import { type DragEvent, useEffect, useState } from "react";

/** What somebody drags: nothing, files somewhere over the page, or files over the zone. */
export type DragState = "none" | "page" | "zone";

type Options = { disabled: boolean; onFiles: (files: File[], folders: string[]) => void };

/**
 * Take what is dropped on a zone.
 *
 * A file that misses the zone would be opened instead of the page, and all that was entered would be
 * lost; so the page takes no files while there is a zone.
 */
export function useDrop({ disabled, onFiles }: Options) {
  const [state, setState] = useState<DragState>("none");

  useEffect(() => {
    let depth = 0;
    const enter = (event: globalThis.DragEvent) => {
      if (!hasFiles(event)) return;
      depth += 1;
      setState((now) => (now === "none" ? "page" : now));
    };
    const leave = () => {
      depth = Math.max(0, depth - 1);
      if (depth === 0) setState("none");
    };
    const over = (event: globalThis.DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      if (event.dataTransfer && !isInZone(event)) event.dataTransfer.dropEffect = "none";
    };
    const end = (event: globalThis.DragEvent) => {
      if (hasFiles(event)) event.preventDefault();
      depth = 0;
      setState("none");
    };
    window.addEventListener("dragenter", enter);
    window.addEventListener("dragleave", leave);
    window.addEventListener("dragover", over);
    window.addEventListener("drop", end);
    return () => {
      window.removeEventListener("dragenter", enter);
      window.removeEventListener("dragleave", leave);
      window.removeEventListener("dragover", over);
      window.removeEventListener("drop", end);
    };
  }, []);

  const zone = {
    "data-file-zone": true,
    onDragOver: (event: DragEvent) => {
      if (!hasFiles(event.nativeEvent)) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = disabled ? "none" : "copy";
      setState("zone");
    },
    onDragLeave: () => setState("page"),
    onDrop: (event: DragEvent) => {
      event.preventDefault();
      setState("none");
      if (!disabled) onFiles(...filesOf(event.dataTransfer));
    },
  };
  return { state: disabled ? "none" : state, zone };
}

const hasFiles = ({ dataTransfer }: globalThis.DragEvent): boolean =>
  dataTransfer?.types.includes("Files") ?? false;

const isInZone = ({ target }: globalThis.DragEvent): boolean =>
  target instanceof Element && target.closest("[data-file-zone]") !== null;

/** Folders come as files that cannot be read; they are told apart while the drop lasts. */
function filesOf({ items, files }: DataTransfer): [File[], string[]] {
  const folders = Array.from(items ?? [])
    .map((item) => item.webkitGetAsEntry?.())
    .filter((entry) => entry?.isDirectory)
    .map((entry) => entry?.name ?? "");
  return [Array.from(files).filter(({ name }) => !folders.includes(name)), folders];
}
