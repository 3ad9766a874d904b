import { QueryClient } from "@tanstack/react-query";
import { mayPass } from "./problem";

const ATTEMPTS = 3;

/** Wait 0.5 s, 1 s, 2 s … with a random part, so that many pages do not come back at once. */
export const backOff = (attempt: number): number =>
  Math.min(8_000, 500 * 2 ** attempt) * (0.75 + Math.random() / 2);

export const makeQueryClient = (): QueryClient =>
  new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 10_000,
        retry: (count, error) => count < ATTEMPTS && mayPass(error),
        retryDelay: backOff,
      },
      // A change that failed is tried again by whoever knows that it may be done twice.
      mutations: { retry: false },
    },
  });
