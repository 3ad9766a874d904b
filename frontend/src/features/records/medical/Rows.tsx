import { ActionIcon, Button, Card, Fieldset, Group, Stack, Text } from "@mantine/core";
import { IconPlus, IconX } from "@tabler/icons-react";
import { type ReactNode, useRef } from "react";
import { useTranslation } from "react-i18next";

type Props<T extends { key: number }> = {
  legend: string;
  addLabel: string;
  rows: T[];
  make: () => T;
  onChange: (rows: T[]) => void;
  nameOf: (number: number) => string;
  /** What is wrong with the list as a whole. */
  error?: string | undefined;
  children: (row: T, patch: (values: Partial<T>) => void, index: number) => ReactNode;
};

/** A list of like things in a form. The focus goes to a new row, and stays near a removed one. */
export function Rows<T extends { key: number }>(props: Props<T>) {
  const { rows, onChange } = props;
  const { t } = useTranslation("records");
  const box = useRef<HTMLDivElement>(null);
  const adder = useRef<HTMLButtonElement>(null);
  const add = () => {
    onChange([...rows, props.make()]);
    window.requestAnimationFrame(() =>
      box.current?.lastElementChild?.querySelector<HTMLElement>("input")?.focus(),
    );
  };
  return (
    <Fieldset legend={props.legend}>
      <Stack gap="xs">
        <Stack gap="xs" ref={box}>
          {rows.map((row, index) => (
            <Card
              key={row.key}
              withBorder
              padding="xs"
              role="group"
              aria-label={props.nameOf(index + 1)}
            >
              <Group justify="space-between" mb={4}>
                <Text size="sm" fw={500}>
                  {props.nameOf(index + 1)}
                </Text>
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  aria-label={t("rows.remove", { what: props.nameOf(index + 1) })}
                  onClick={() => {
                    onChange(rows.filter((other) => other.key !== row.key));
                    adder.current?.focus();
                  }}
                >
                  <IconX size={16} aria-hidden />
                </ActionIcon>
              </Group>
              {props.children(
                row,
                (values) =>
                  onChange(
                    rows.map((other) => (other.key === row.key ? { ...other, ...values } : other)),
                  ),
                index,
              )}
            </Card>
          ))}
        </Stack>
        {props.error && (
          <Text size="sm" c="red" role="alert">
            {props.error}
          </Text>
        )}
        <div>
          <Button
            ref={adder}
            size="xs"
            variant="default"
            leftSection={<IconPlus size={14} aria-hidden />}
            onClick={add}
          >
            {props.addLabel}
          </Button>
        </div>
      </Stack>
    </Fieldset>
  );
}
