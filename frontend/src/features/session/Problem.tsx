import { Alert } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck } from "@tabler/icons-react";
import type { ReactNode, Ref } from "react";

type Props = { children: ReactNode; good?: boolean; ref?: Ref<HTMLDivElement> };

/** What went wrong (or right), said above the form and read out. */
export function Problem({ children, good = false, ref }: Props) {
  if (!children) return null;
  const Icon = good ? IconCircleCheck : IconAlertTriangle;
  return (
    <Alert
      ref={ref}
      tabIndex={-1}
      icon={<Icon aria-hidden />}
      color={good ? "teal" : "red"}
      role={good ? "status" : "alert"}
    >
      {children}
    </Alert>
  );
}
