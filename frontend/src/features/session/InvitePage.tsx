import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocation } from "react-router";
import { api, unwrap } from "@/api/client";
import { ApiError } from "@/api/problem";
import { ErrorState, LoadingState } from "@/components/states";
import { AcceptInvite } from "./AcceptInvite";
import { Entrance } from "./Entrance";
import { InviteCode } from "./InviteCode";
import { InviteEnded } from "./InviteEnded";

/** The token stands behind the # of the link, so that no server and no log sees it. */
export default function InvitePage() {
  const { t } = useTranslation("session");
  const { hash } = useLocation();
  const [token, setToken] = useState(() => hash.slice(1));
  const invite = useQuery({
    queryKey: ["invite-link", token],
    queryFn: ({ signal }) =>
      unwrap(api.POST("/api/v1/invites/verify", { body: { token }, signal })),
    enabled: token !== "",
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  const { error } = invite;
  const refused = error instanceof ApiError && error.status < 429 ? error : undefined;
  const ended = refused?.status === 410;
  return (
    <Entrance title={t("invite.title")}>
      {(token === "" || (refused && !ended)) && (
        <InviteCode onToken={setToken} error={token === "" ? undefined : refused} />
      )}
      {token !== "" && invite.isPending && <LoadingState />}
      {refused && ended && <InviteEnded error={refused} />}
      {error && !refused && <ErrorState error={error} onRetry={() => void invite.refetch()} />}
      {invite.data && <AcceptInvite token={token} invite={invite.data} />}
    </Entrance>
  );
}
