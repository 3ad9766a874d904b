import { notifications } from "@mantine/notifications";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import type { Patient } from "@/api/types";
import { Dialog } from "@/components/Dialog";
import { nameOf } from "@/features/patients/people";
import { InviteForm } from "./InviteForm";
import { InviteLink } from "./InviteLink";
import { InviteResults } from "./InviteResults";
import { useInvite } from "./useInvite";

type Props = { patients: Patient[]; onClose: () => void; onInvited?: () => void };

/** Invite one or many to logins of their own, and say of each what became of it. */
export function InviteDialog({ patients, onClose, onInvited }: Props) {
  const { t } = useTranslation("people");
  const invite = useInvite(patients);
  const closer = useRef<() => void>(null);
  const one = patients.length === 1 ? patients[0] : undefined;
  const done = invite.data;
  return (
    <Dialog
      title={
        one
          ? t("invite.dialog", { name: nameOf(one) })
          : t("invite.many", { count: patients.length })
      }
      onClose={() => {
        if (!invite.isPending) (closer.current ?? onClose)(); // who was refused is still to come
      }}
    >
      {done?.link && <InviteLink link={done.link} onClose={onClose} />}
      {done && !done.link && (
        <InviteResults patients={patients} results={done.results} onClose={onClose} />
      )}
      {!done && (
        <InviteForm
          patients={patients}
          busy={invite.isPending}
          error={invite.error}
          closer={closer}
          onClose={onClose}
          onSubmit={(typed) =>
            invite.run(typed, {
              onSuccess: ({ results, link }) => {
                onInvited?.();
                if (!one || link || results.some(({ invited }) => !invited)) return;
                notifications.show({ message: t("invite.sent") });
                onClose();
              },
            })
          }
        />
      )}
    </Dialog>
  );
}
