import { useEffect, useState } from "react";
import type { Document } from "@/api/types";
import { iconOf, isAvailable } from "../files";
import classes from "./FileList.module.css";

const SIDE = 40;
const STILL = 150; // ms a row stands there before its picture is asked for

/** A small picture of a document, or the icon of its kind. Rows that fly by ask for none. */
export function Thumbnail({ document }: { document: Document }) {
  const url = isAvailable(document) ? document.preview_url : null;
  const [status, setStatus] = useState<"idle" | "loading" | "error">("idle");
  useEffect(() => {
    if (url === null) return;
    const timer = window.setTimeout(() => setStatus("loading"), STILL);
    return () => window.clearTimeout(timer);
  }, [url]);

  if (url === null || status !== "loading") {
    const Icon = iconOf(document);
    return <Icon size={28} stroke={1.5} className={classes.icon} aria-hidden />;
  }
  return (
    <img
      src={`${url}?size=200`}
      alt=""
      width={SIDE}
      height={SIDE}
      loading="lazy"
      decoding="async"
      className={classes.picture}
      onError={() => setStatus("error")}
    />
  );
}
