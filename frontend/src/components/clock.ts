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
