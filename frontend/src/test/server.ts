import { setupServer } from "msw/node";

/** Answers instead of the API; a test says what with `server.use(http.get(…))`. */
export const server = setupServer();

/** An address of the API as the handlers of msw want it. */
export const at = (path: string): string => `${window.location.origin}${path}`;
