import { Group, Paper, Stack, Title } from "@mantine/core";
import { type ReactNode, useId } from "react";

type Props = { title: string; children: ReactNode; action?: ReactNode };

/** A card of the dashboard, with a heading of its own. */
export function Panel({ title, children, action }: Props) {
  const id = useId();
  return (
    <Paper component="section" aria-labelledby={id} withBorder p="md">
      <Stack gap="sm">
        <Group justify="space-between">
          <Title order={2} size="h4" id={id}>
            {title}
          </Title>
          {action}
        </Group>
        {children}
      </Stack>
    </Paper>
  );
}
