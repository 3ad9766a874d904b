import { Badge, Group } from "@mantine/core";
import { useChoices } from "../choices";
import type { Mark } from "../kind";

/** The states of a record, each in words; the colour only helps. */
export function Marks({ of }: { of: Mark[] }) {
  const choices = useChoices();
  return (
    <Group gap={6}>
      {of.map((mark) => (
        <Badge
          key={mark.choices}
          color={mark.color}
          variant="outline"
          tt="none"
          styles={{ label: { color: "var(--mantine-color-text)" } }}
        >
          {choices(mark.choices)[mark.value] ?? mark.value}
        </Badge>
      ))}
    </Group>
  );
}
