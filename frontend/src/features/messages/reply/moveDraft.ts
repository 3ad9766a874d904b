import {
  changeWritten,
  hasSomething,
  readWritten,
  type Target,
  WRITING,
  type Written,
} from "./drafts";
import { EMPTY, GAP } from "./kept";

/**
 * Take what was being written to one target along to another, in which it is read from now on.
 *
 * A patient has a conversation by now, or one conversation has become part of another. Where
 * something was begun in both, no text and no picture is dropped: they stand together, and the
 * draft says so. Of two templates, or two times, a message has one: that of where it comes to.
 * What is being sent at this moment stays where it is.
 */
export function moveDraft(userId: string, from: Target, to: Target): void {
  if (from.kind === to.kind && from.id === to.id) return;
  const source = readWritten(userId, from);
  if (source.state.step === "sending" || !hasSomething(source)) return;
  changeWritten(userId, to, (there) => (hasSomething(there) ? together(there, source) : source));
  changeWritten(userId, from, () => ({ draft: EMPTY, pictures: [], state: WRITING }));
}

function together(there: Written, source: Written): Written {
  const { draft: ours } = there;
  const { draft: theirs } = source;
  // The one that waits at the server for its pictures: the next try to send takes it back.
  const attempt = ours.attempt?.draftId ? ours.attempt : (theirs.attempt ?? ours.attempt);
  return {
    draft: {
      body: [ours.body, theirs.body].filter((text) => text !== "").join(GAP),
      templateId: ours.templateId || theirs.templateId,
      scheduledAt: ours.scheduledAt || theirs.scheduledAt,
      attempt,
      joined: isSeen(there) && isSeen(source),
    },
    pictures: [...there.pictures, ...source.pictures],
    state: there.state.step === "writing" ? source.state : there.state,
  };
}

/** Whether there is anything that people would miss. */
const isSeen = ({ draft, pictures }: Written): boolean =>
  pictures.length > 0 || draft.body !== "" || draft.templateId !== "" || draft.scheduledAt !== "";
