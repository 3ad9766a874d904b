import { Button, Group, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Schema } from "@/api/types";
import { useSession } from "@/app/session";
import classes from "../messages.module.css";
import { formatBirthday } from "../times";

export type Person = Pick<Schema<"Candidate">, "id" | "name" | "date_of_birth" | "status">;

type Props = { label: string; people: readonly Person[]; onChoose: (person: Person) => void };

/** Patients to choose from, with what tells two of the same name apart. */
export function People({ label, people, onChoose }: Props) {
  const { t } = useTranslation("messages");
  const { locale } = useSession().me.account;
  return (
    <Stack component="ul" className={classes.plain} gap={4} aria-label={label}>
      {people.map((one) => (
        <li key={one.id}>
          <Button
            variant="default"
            fullWidth
            justify="flex-start"
            h="auto"
            py={6}
            onClick={() => onChoose(one)}
          >
            <Group gap="xs">
              <Text fw={500}>{one.name}</Text>
              <Text size="sm" c="dimmed">
                {one.date_of_birth &&
                  t("assign.born", { date: formatBirthday(one.date_of_birth, locale) })}
                {one.status !== "active" && ` · ${t(`patient.status.${one.status}`)}`}
              </Text>
            </Group>
          </Button>
        </li>
      ))}
    </Stack>
  );
}
