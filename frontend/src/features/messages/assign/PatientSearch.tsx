import { Stack, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Loaded } from "@/components/states";
import { usePatientSearch } from "../data/usePatients";
import { People, type Person } from "./People";

type Props = { label: string; onChoose: (person: Person) => void };

/** Find a patient whom the member sees. */
export function PatientSearch({ label, onChoose }: Props) {
  const { t } = useTranslation("messages");
  const [words, setWords] = useState("");
  const [asked] = useDebouncedValue(words, 250);
  const found = usePatientSearch(asked);
  return (
    <Stack gap="xs">
      <TextInput
        type="search"
        label={label}
        description={t("assign.searchHint")}
        value={words}
        data-autofocus
        onChange={(event) => setWords(event.currentTarget.value)}
      />
      {asked.trim().length > 1 && (
        <div role="status">
          <Loaded
            query={found}
            isEmpty={(rows) => rows.length === 0}
            empty={<p>{t("assign.nobodyFound")}</p>}
          >
            {(rows) => (
              <People
                label={t("assign.found")}
                people={rows.map((one) => ({
                  id: one.id,
                  name: `${one.first_name} ${one.last_name}`,
                  date_of_birth: one.date_of_birth ?? null,
                  status: one.status ?? "active",
                }))}
                onChoose={onChoose}
              />
            )}
          </Loaded>
        </div>
      )}
    </Stack>
  );
}
