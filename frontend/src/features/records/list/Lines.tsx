import { Text } from "@mantine/core";

/** The lines of a card; what is empty takes no room. */
export function Lines({ of }: { of: (string | false | null | undefined)[] }) {
  return of
    .filter((line): line is string => Boolean(line))
    .map((line) => (
      <Text key={line} size="sm" lineClamp={2}>
        {line}
      </Text>
    ));
}
