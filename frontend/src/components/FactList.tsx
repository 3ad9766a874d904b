import { Text } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./FactList.module.css";

export type Fact = { name: string; label: string; value: ReactNode; wide?: boolean };

/** What is known of something: a name and its value, as many beside each other as there is room. */
export function FactList({ facts }: { facts: Fact[] }) {
  return (
    <dl className={classes.facts}>
      {facts.map(({ name, label, value, wide }) => (
        <div key={name} className={wide ? classes.wide : undefined}>
          <Text component="dt" size="sm" c="dimmed">
            {label}
          </Text>
          <Text component="dd" className={classes.value}>
            {value}
          </Text>
        </div>
      ))}
    </dl>
  );
}
