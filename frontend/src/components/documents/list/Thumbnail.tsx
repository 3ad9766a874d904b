import { useEffect, useRef } from "react";
import type { Document } from "@/api/types";
import { iconOf, isAvailable } from "../files";
import classes from "./FileList.module.css";

const SIDE = 40;
// Milliseconds that a row stands there before its picture is asked for: longer than it does while
// somebody scrolls by several screens a second, who would otherwise ask for each one in vain.
const STILL = 250;

/**
 * A small picture of a document over the icon of its kind. Rows that fly by ask for none.
 *
 * The address is given to the element itself: a state would draw each row three times.
 */
export function Thumbnail({ document }: { document: Document }) {
  const url = isAvailable(document) ? document.preview_url : null;
  const picture = useRef<HTMLImageElement>(null);
  useEffect(() => {
    const element = picture.current;
    if (url === null || element === null) return;
    const timer = window.setTimeout(() => {
      element.src = `${url}?size=200`;
    }, STILL);
    return () => window.clearTimeout(timer);
  }, [url]);

  const Icon = iconOf(document);
  return (
    <>
      <Icon size={28} stroke={1.5} className={classes.icon} aria-hidden />
      {url !== null && (
        <img
          ref={picture}
          alt=""
          width={SIDE}
          height={SIDE}
          loading="lazy"
          decoding="async"
          className={classes.picture}
          onLoad={({ currentTarget }) => {
            currentTarget.dataset.there = ""; // until then, and without one, the icon is seen
          }}
        />
      )}
    </>
  );
}
