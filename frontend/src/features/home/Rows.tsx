import { Text } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./Rows.module.css";

type Row = { key: string; main: ReactNode; side: ReactNode };

/** A short list in a card; `none` is said where it is empty. */
export function Rows({ rows, none }: { rows: Row[]; none: string }) {
  if (rows.length === 0) return <Text size="sm">{none}</Text>;
  return (
    <ul className={classes.rows}>
      {rows.map(({ key, main, side }) => (
        <li key={key} className={classes.row}>
          <div className={classes.main}>{main}</div>
          <div className={classes.side}>{side}</div>
        </li>
      ))}
    </ul>
  );
}
