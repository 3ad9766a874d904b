import type { ThreadMessage } from "../data/order";

export type Day = { key: string; messages: ThreadMessage[] };

/** Put messages, which are in order, into their days by the clinic's clock. */
export function byDay(
  messages: readonly ThreadMessage[],
  dayKey: (moment: string) => string,
): Day[] {
  const days: Day[] = [];
  for (const one of messages) {
    const key = dayKey(one.occurred_at);
    const last = days.at(-1);
    if (last?.key === key) last.messages.push(one);
    else days.push({ key, messages: [one] });
  }
  return days;
}
