/* For the types alone: each page brings its own texts (`texts.ts`). */
import { common } from "./common";
import { dashboard } from "./dashboard";
import { files } from "./files";
import { island } from "./island";
import { messages } from "./messages";
import { patients } from "./patients";
import { people } from "./people";
import { records } from "./records";
import { session } from "./session";
import { trash } from "./trash";
import { uploads } from "./uploads";

export const en = {
  common,
  dashboard,
  files,
  island,
  messages,
  patients,
  people,
  records,
  session,
  trash,
  uploads,
} as const;
