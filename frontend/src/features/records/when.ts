import { useMemo } from "react";
import { useSession } from "@/app/session";

const PARTS: Intl.DateTimeFormatOptions = {
  year: "numeric",
  month: "2-digit",
  day: "2-digit",
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
};

/** Return a moment as the clinic's clock shows it, in the form of `datetime-local` inputs. */
export function toClock(moment: string | number | null | undefined, zone: string): string {
  if (moment === null || moment === undefined || moment === "") return "";
  const format = new Intl.DateTimeFormat("en", { ...PARTS, timeZone: zone });
  const parts = format.formatToParts(new Date(moment));
  const of = (type: string) => parts.find((part) => part.type === type)?.value ?? "";
  return `${of("year")}-${of("month")}-${of("day")}T${of("hour")}:${of("minute")}`;
}

/** Return the moment at which the clinic's clock shows this, or null for none. */
export function fromClock(text: string, zone: string): string | null {
  const wanted = Date.parse(`${text}Z`);
  if (Number.isNaN(wanted)) return null;
  const ahead = (moment: number) => Date.parse(`${toClock(moment, zone)}Z`) - moment;
  // The second round is for times near a change of the clocks.
  const near = wanted - ahead(wanted);
  return new Date(wanted - ahead(near)).toISOString().replace(".000Z", "Z");
}

/** Return how days and moments are written for this clinic. */
export function useWhen() {
  const { locale, time_zone: zone } = useSession().me.account;
  return useMemo(() => {
    const days = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeZone: "UTC" });
    const clocks = new Intl.DateTimeFormat(locale, {
      dateStyle: "medium",
      timeStyle: "short",
      timeZone: "UTC",
    });
    const long = new Intl.DateTimeFormat(locale, { dateStyle: "full", timeZone: "UTC" });
    /** What a clock shows, such as `2026-11-02T09:30`. */
    const clock = (text: string) => (text ? clocks.format(new Date(`${text}Z`)) : "");
    return {
      zone,
      clock,
      /** A date such as `2026-11-02`; it is the same everywhere. */
      day: (date: string | null | undefined) => (date ? days.format(new Date(date)) : ""),
      longDay: (date: string) => long.format(new Date(date)),
      moment: (iso: string | null | undefined) => clock(toClock(iso, zone)),
      /** The day that the clinic's calendar showed at a moment. */
      dayOf: (iso: string) => toClock(iso, zone).slice(0, 10),
      today: () => toClock(Date.now(), zone).slice(0, 10),
    };
  }, [locale, zone]);
}
