import { Button, Center, Text } from "@mantine/core";
import { IconArrowDown } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schema } from "@/api/types";
import { EmptyState } from "@/components/states";
import type { ThreadMessage } from "../data/order";
import type { useThread } from "../data/useThread";
import classes from "../messages.module.css";
import { useTimes } from "../times";
import { Bubble } from "./Bubble";
import { byDay } from "./days";
import { Earlier } from "./Earlier";
import { Pictures } from "./Pictures";
import { useScroll } from "./useScroll";

type Props = {
  conversation: Schema<"Conversation">;
  name: string;
  messages: readonly ThreadMessage[];
  history: ReturnType<typeof useThread>["history"];
  arrived: number;
  /** How many were written here since it was opened; after each one goes to the end. */
  written: number;
  onEnd: (inSight: boolean) => void;
};

/** What was said, day by day, the last at the end. */
export function Said({ conversation, name, messages, history, arrived, written, onEnd }: Props) {
  const { t } = useTranslation("messages");
  const times = useTimes();
  const box = useRef<HTMLDivElement>(null);
  const [opened, open] = useState("");
  const { hasNextPage, isFetching, isFetchNextPageError, fetchNextPage } = history;
  const older = () => {
    if (hasNextPage && !isFetching && !isFetchNextPageError) void fetchNextPage();
  };
  const ends = {
    first: messages.at(0)?.id ?? "",
    last: messages.at(-1)?.id ?? "",
    count: messages.length,
  };
  const scroll = useScroll(box, ends, older, onEnd);
  const { toEnd } = scroll;
  useEffect(() => {
    if (written > 0) toEnd();
  }, [written, toEnd]);

  return (
    <>
      <section
        ref={box}
        className={classes.thread}
        onScroll={scroll.onScroll}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, also by the keyboard
        tabIndex={0}
        aria-label={t("thread.said")}
      >
        <Earlier history={history} />
        {messages.length === 0 && <EmptyState title={t("thread.nothing")} />}
        {byDay(messages, times.dayKey).map((day) => (
          <div key={day.key}>
            <Text component="h3" size="xs" c="dimmed" className={classes.day}>
              <DayName day={day.key} moment={day.messages[0]?.occurred_at} />
            </Text>
            <ol className={classes.plain}>
              {day.messages.map((one) => (
                <Bubble
                  key={one.id}
                  message={one}
                  conversationId={conversation.id}
                  name={name}
                  times={times}
                  onOpen={open}
                />
              ))}
            </ol>
          </div>
        ))}
      </section>
      {!scroll.atEnd && (
        <Center className={classes.toLast}>
          <Button
            size="compact-sm"
            leftSection={<IconArrowDown size={14} aria-hidden />}
            onClick={() => {
              toEnd();
              box.current?.focus(); // this button goes
            }}
          >
            {arrived > 0 ? t("thread.arrived", { count: arrived }) : t("thread.toLast")}
          </Button>
        </Center>
      )}
      <Pictures messages={messages} opened={opened} onOpen={open} />
    </>
  );
}

function DayName({ day, moment }: { day: string; moment: string | undefined }) {
  const { t } = useTranslation("messages");
  const times = useTimes();
  const now = Date.now();
  if (day === times.dayKey(now)) return t("thread.today");
  if (day === times.dayKey(now - 86_400_000)) return t("thread.yesterday");
  return moment ? times.day(moment) : "";
}
