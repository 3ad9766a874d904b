import { type ReactNode, useState } from "react";
import { ReauthenticationNeeded } from "@/features/session/allauth";
import { ReauthenticateDialog } from "./ReauthenticateDialog";

type Asked = { ways: string[]; answer: (again: boolean) => void };

/** `run` does something; where the server wants to be sure who it is, `dialog` asks first.
 *  It comes back with undefined when somebody closes the dialog. */
export function useReauthentication(): {
  run: <T>(action: () => Promise<T>) => Promise<T | undefined>;
  dialog: ReactNode;
} {
  const [asked, setAsked] = useState<Asked | null>(null);

  async function run<T>(action: () => Promise<T>): Promise<T | undefined> {
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof ReauthenticationNeeded)) throw error;
      const { ways } = error;
      const again = await new Promise<boolean>((answer) => setAsked({ ways, answer }));
      setAsked(null);
      return again ? run(action) : undefined; // after the password the code may be wanted too
    }
  }

  const dialog = asked && <ReauthenticateDialog ways={asked.ways} onAnswer={asked.answer} />;
  return { run, dialog };
}
