import { useMemo } from "react";
import { useSession } from "@/app/session";

/** Write days and moments as they are written in the clinic, by the clinic's clock. */
export function useDates() {
  const { locale, time_zone } = useSession().me.account;
  return useMemo(() => {
    // A day has no clock: it must not move with one.
    const day = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeZone: "UTC" });
    const moment = new Intl.DateTimeFormat(locale, {
      dateStyle: "medium",
      timeStyle: "short",
      timeZone: time_zone,
    });
    return {
      /** A day, such as 2015-03-01. */
      day: (iso: string | null | undefined): string =>
        iso ? day.format(new Date(`${iso}T00:00:00Z`)) : "",
      /** A moment with its zone, such as 2026-11-21T00:05:12Z. */
      moment: (iso: string | null | undefined): string => (iso ? moment.format(new Date(iso)) : ""),
      number: (count: number): string => count.toLocaleString(locale),
    };
  }, [locale, time_zone]);
}
