import { useTranslation } from "react-i18next";

const ROLES = ["admin", "provider", "patient", "research_partner", "developer"] as const;

/** Return the name of a role; one that is not known yet is named as the server does. */
export function useRoleName(): (role: string) => string {
  const { t } = useTranslation("session");
  return (role) => {
    const known = ROLES.find((one) => one === role);
    return known ? t(`account.roles.${known}`) : role;
  };
}
