import { Paper, SimpleGrid, Text } from "@mantine/core";
import { Link } from "react-router";
import { useDates } from "@/components/useDates";
import classes from "./Figures.module.css";

export type Figure = { label: string; count: number; to: string };

/** Numbers that lead to the list of what they count. */
export function Figures({ figures, cols }: { figures: Figure[]; cols: number }) {
  const { number } = useDates();
  return (
    <SimpleGrid component="ul" cols={{ base: 2, xs: cols }} className={classes.list}>
      {figures.map(({ label, count, to }) => (
        <li key={label}>
          <Paper component={Link} to={to} withBorder p="sm" className={classes.figure}>
            <Text span fz={24} fw={700}>
              {number(count)}
            </Text>{" "}
            <Text span size="sm">
              {label}
            </Text>
          </Paper>
        </li>
      ))}
    </SimpleGrid>
  );
}
