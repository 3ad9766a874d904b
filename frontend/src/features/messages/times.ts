import { useMemo } from "react";
import { useSession } from "@/app/session";

/** How the clinic writes days and hours, in its own time zone. */
export function useTimes() {
  const { locale, time_zone: timeZone } = useSession().me.account;
  return useMemo(() => {
    const make = (options: Intl.DateTimeFormatOptions) => {
      const format = new Intl.DateTimeFormat(locale || undefined, { timeZone, ...options });
      return (moment: string) => format.format(new Date(moment));
    };
    // Swedish dates sort as text and are the same for the same day.
    const key = new Intl.DateTimeFormat("sv-SE", { timeZone });
    return {
      timeZone,
      day: make({ weekday: "long", day: "numeric", month: "long", year: "numeric" }),
      short: make({ day: "numeric", month: "short" }),
      hour: make({ hour: "numeric", minute: "2-digit" }),
      moment: make({ dateStyle: "medium", timeStyle: "short" }),
      /** The same text for all moments of a day by the clinic's clock. */
      dayKey: (moment: string | number) => key.format(new Date(moment)),
    };
  }, [locale, timeZone]);
}

export type Times = ReturnType<typeof useTimes>;

/** A birthday: a day without an hour, so that no time zone may move it. */
export function formatBirthday(day: string, locale: string): string {
  const format = new Intl.DateTimeFormat(locale || undefined, {
    timeZone: "UTC",
    dateStyle: "medium",
  });
  return format.format(new Date(`${day}T00:00:00Z`));
}
