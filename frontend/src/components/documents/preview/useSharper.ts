import { useEffect, useState } from "react";
import type { Document } from "@/api/types";

const SHOWN_BY_BROWSERS = /^image\/(jpeg|png|gif|webp|bmp)$/;
const LARGEST = 20 * 1024 * 1024;
const FROM = 1.5; // times its size, where the server's picture of 800 pixels begins to look coarse

/** The file itself instead of its small picture, for who looks closely and whose browser can. */
export function useSharper(document: Document, scale: number): string | undefined {
  const [ready, setReady] = useState<string>();
  const url = document.download_url;
  const wanted =
    scale >= FROM && document.file_size <= LARGEST && SHOWN_BY_BROWSERS.test(document.file_type);
  useEffect(() => {
    if (!wanted || ready === url) return;
    const image = new Image();
    image.onload = () => setReady(url); // if it cannot be had, the small picture stays
    image.src = url;
    return () => {
      image.onload = null;
      image.src = "";
    };
  }, [wanted, ready, url]);
  return ready === url ? url : undefined;
}
