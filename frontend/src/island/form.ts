import { ownersToken } from "@/api/owner";

/**
 * Give a form the CSRF token of now, if it is sure that the same person is signed in: a login in
 * another tab has made the one that came with the page worthless.
 */
export function renewToken(form: HTMLFormElement | null): void {
  const token = ownersToken();
  const field = form?.elements.namedItem("csrfmiddlewaretoken");
  if (token && field instanceof HTMLInputElement) field.value = token;
}

/** What the page's form asks of a manager before it is sent. */
export type Guard = {
  hasChanges: () => boolean;
  /** Save what waits; whether the form may go then. */
  save: () => Promise<boolean>;
};

/** Hold a form back until the documents are saved; returns how to let go of it. */
export function holdForm(form: HTMLFormElement, guard: Guard): () => void {
  let status: "idle" | "saving" | "released" = "idle";
  const onSubmit = (event: SubmitEvent) => {
    if (event.target !== form || status === "released") return;
    if (status === "idle" && !guard.hasChanges()) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (status === "saving") return; // the button was pressed twice
    status = "saving";
    const button = event.submitter;
    void guard.save().then((done) => {
      status = done ? "released" : "idle";
      // The same button: its name says where the page leads to.
      if (done) {
        renewToken(form);
        form.requestSubmit(button instanceof HTMLElement ? button : null);
      }
      status = "idle";
    });
  };
  form.addEventListener("submit", onSubmit, { capture: true });
  return () => form.removeEventListener("submit", onSubmit, { capture: true });
}

/** Enter in a field of the manager is the manager's; it does not send the page around it. */
export function keepEnter(place: HTMLElement): () => void {
  const onKeyDown = (event: KeyboardEvent) => {
    const { target } = event;
    if (event.key !== "Enter" || !(target instanceof HTMLInputElement)) return;
    if (target.form?.contains(place)) event.preventDefault();
  };
  place.addEventListener("keydown", onKeyDown);
  return () => place.removeEventListener("keydown", onKeyDown);
}
