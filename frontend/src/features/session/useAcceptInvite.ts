import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "react-router";
import { api, unwrap } from "@/api/client";
import { endSession, signIn } from "./signingIn";

type Made = { name: string; password: string };

/** Accept an invite and sign in with it; where that needs more, the sign-in page goes on. */
export function useAcceptInvite(token: string, onRefused: () => void) {
  const navigate = useNavigate();
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ name, password }: Made) => {
      const made = await unwrap(
        api.POST("/api/v1/invites/accept", { body: { token, name, password } }),
      );
      return { email: made.email, signedIn: await enter(made.email, password) };
    },
    onError: onRefused,
    onSuccess: ({ email, signedIn }) => {
      client.clear(); // whoever was here before is not the one who was invited
      void navigate(signedIn ? "/" : "/sign-in", {
        replace: true,
        state: { email, accepted: true },
      });
    },
  });
}

/** The login is made, so that nothing here may fail: who cannot come in at once signs in. */
async function enter(email: string, password: string): Promise<boolean> {
  try {
    await endSession();
    return (await signIn(email, password)) === "done";
  } catch {
    return false;
  }
}
