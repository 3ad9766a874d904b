import { useMemo } from "react";
import { useSession } from "@/app/session";
import { toClock } from "./clock";

/** Write days, moments and numbers as they are written in the clinic, by the clinic's clock. */
export function useDates() {
  const { locale, time_zone: zone } = useSession().me.account;
  return useMemo(() => {
    // A day has no clock: it must not move with one.
    const days = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeZone: "UTC" });
    const clocks = new Intl.DateTimeFormat(locale, {
      dateStyle: "medium",
      timeStyle: "short",
      timeZone: "UTC",
    });
    const long = new Intl.DateTimeFormat(locale, { dateStyle: "full", timeZone: "UTC" });
    /** What a clock shows, such as `2026-11-02T09:30`. */
    const clock = (text: string): string => (text ? clocks.format(new Date(`${text}Z`)) : "");
    return {
      zone,
      clock,
      /** A day, such as `2015-03-01`; it is the same everywhere. */
      day: (date: string | null | undefined): string => (date ? days.format(new Date(date)) : ""),
      longDay: (date: string): string => long.format(new Date(date)),
      /** A moment with its zone, such as `2026-11-21T00:05:12Z`. */
      moment: (iso: string | null | undefined): string => clock(toClock(iso, zone)),
      /** The day that the clinic's calendar showed at a moment. */
      dayOf: (iso: string): string => toClock(iso, zone).slice(0, 10),
      number: (count: number): string => count.toLocaleString(locale),
    };
  }, [locale, zone]);
}
