import { type MutateOptions, type UseMutationOptions, useMutation } from "@tanstack/react-query";
import { useRef } from "react";

/**
 * A mutation that `run` starts once at a time.
 *
 * What react-query says of its state comes a moment after the click: a second one would be sent.
 * What the page does with the answer (going somewhere, closing) is said to `run`: it is not done
 * when the page was left meanwhile.
 */
export function useAction<T, V = void>(options: UseMutationOptions<T, Error, V>) {
  const mutation = useMutation(options);
  const busy = useRef(false);
  const run = (variables: V, here?: MutateOptions<T, Error, V>) => {
    if (busy.current) return;
    busy.current = true;
    // Not by `onSettled`, which is not called after a reset.
    void mutation
      .mutateAsync(variables, here)
      .catch(() => undefined) // it is in mutation.error
      .finally(() => {
        busy.current = false;
      });
  };
  return { ...mutation, run };
}
