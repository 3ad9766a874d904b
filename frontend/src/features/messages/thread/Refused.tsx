import { Alert, Stack, Text } from "@mantine/core";
import { IconMessageOff } from "@tabler/icons-react";
import type { ApiError } from "@/api/problem";
import { ForbiddenState } from "@/components/states";
import type { Target } from "../reply/drafts";
import { Unsent } from "../reply/Unsent";
import { PaneHead } from "./PaneHead";

type Props = { error: ApiError; title: string; hint: string; target: Target; back: string };

/** In the place of a conversation that is not there for them: what to do, and what they had written. */
export function Refused({ error, title, hint, target, back }: Props) {
  return (
    <>
      <PaneHead back={back} />
      <Stack p="md">
        {error.status === 403 ? (
          <ForbiddenState />
        ) : (
          <Alert icon={<IconMessageOff aria-hidden />} title={title} color="gray" role="alert">
            <Text size="sm">{hint}</Text>
          </Alert>
        )}
        <Unsent target={target} />
      </Stack>
    </>
  );
}
