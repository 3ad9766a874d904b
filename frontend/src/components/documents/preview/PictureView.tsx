import { type RefObject, useEffect, useLayoutEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useStable } from "../list/useStable";
import { type Hold, usePinch } from "./usePinch";
import type { Change, View } from "./useView";
import classes from "./Viewer.module.css";

type Size = { width: number; height: number };
type Props = {
  url: string;
  /** The file itself, in the place of the server's small picture; it changes no sizes. */
  sharp: string | undefined;
  name: string;
  view: View;
  change: Change;
};

const UNKNOWN: Size = { width: 0, height: 0 };

/** A picture in a frame: fitted into it, larger or smaller, turned. The frame scrolls. */
export function PictureView({ url, sharp, name, view, change }: Props) {
  const { t } = useTranslation("files");
  const frame = useRef<HTMLElement>(null);
  const room = useRoom(frame);
  const [loaded, setLoaded] = useState({ url: "", size: UNKNOWN });
  const natural = loaded.url === url ? loaded.size : UNKNOWN; // not the one's before
  const hold = useRef<Hold | null>(null);

  usePinch(
    frame,
    useStable((by: number, at: Hold) => {
      hold.current = at;
      change({ type: "scale", by });
    }),
  );
  useHeldPoint(frame, view.scale, hold);

  const lying = view.turns % 2 === 1;
  const [across, down] = lying ? [natural.height, natural.width] : [natural.width, natural.height];
  // The server's picture is not enlarged without being asked: it would only look worse.
  const fit = across > 0 ? Math.min(1, room.width / across, room.height / down) : 1;
  const factor = fit * view.scale;

  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
    <section ref={frame} className={classes.frame} tabIndex={0} aria-label={t("preview.area")}>
      <div className={classes.sheet} style={{ width: across * factor, height: down * factor }}>
        <img
          src={sharp ?? url}
          alt={name}
          className={classes.picture}
          draggable={false}
          data-unknown={across === 0 || undefined}
          style={{
            width: natural.width * factor || undefined,
            height: natural.height * factor || undefined,
            transform: `translate(-50%, -50%) rotate(${view.turns * 90}deg)`,
          }}
          onLoad={({ currentTarget: { naturalWidth: width, naturalHeight: height } }) => {
            if (!sharp) setLoaded({ url, size: { width, height } });
          }}
        />
      </div>
    </section>
  );
}

function useRoom(frame: RefObject<HTMLElement | null>): Size {
  const [room, setRoom] = useState<Size>({ width: 1, height: 1 });
  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    const look = () => setRoom({ width: element.clientWidth, height: element.clientHeight });
    look();
    const observer = new ResizeObserver(look);
    observer.observe(element);
    return () => observer.disconnect();
  }, [frame]);
  return room;
}

/** Keep what is under the pointer there while the size changes; without one, the middle. */
function useHeldPoint(
  frame: RefObject<HTMLElement | null>,
  scale: number,
  hold: RefObject<Hold | null>,
) {
  const before = useRef(scale);
  useLayoutEffect(() => {
    const element = frame.current;
    const by = scale / before.current;
    before.current = scale;
    if (!element || by === 1) return;
    const at = hold.current ?? { x: element.clientWidth / 2, y: element.clientHeight / 2 };
    hold.current = null;
    element.scrollLeft = (element.scrollLeft + at.x) * by - at.x;
    element.scrollTop = (element.scrollTop + at.y) * by - at.y;
  }, [frame, scale, hold]);
}
