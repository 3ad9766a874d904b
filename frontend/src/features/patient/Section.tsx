import { Card, Group, Title } from "@mantine/core";
import { type ReactNode, useId } from "react";

type Props = { title: string; actions?: ReactNode; children: ReactNode };

/** A part of the summary under a heading of its own. */
export function Section({ title, actions, children }: Props) {
  const heading = useId();
  return (
    <Card component="section" withBorder aria-labelledby={heading}>
      <Group justify="space-between" mb="sm">
        <Title order={2} size="h4" id={heading}>
          {title}
        </Title>
        {actions}
      </Group>
      {children}
    </Card>
  );
}
