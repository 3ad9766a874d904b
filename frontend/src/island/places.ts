import type { Mode } from "@/components/documents/types";
import { isTouched, plainOf } from "./plain";

/** Where a manager is to stand on one of the admin's pages, and for what. */
export type Place = {
  element: HTMLElement;
  entityType: string;
  entityId: string;
  mode: Mode;
  operations: string[];
  /** Why nothing can be added to the record (any more). */
  closed: string;
  plain: HTMLElement | null;
  form: HTMLFormElement | null;
};

/**
 * Find the places of a page. Where somebody has begun to fill in the plain form, or the server has
 * refused something in it, that form stays.
 */
export function findPlaces(page: ParentNode): Place[] {
  const elements = page.querySelectorAll<HTMLElement>("[data-document-manager]");
  return [...elements].flatMap((element) => {
    const { entityType, entityId, mode, operations, closed } = element.dataset;
    const plain = plainOf(element);
    if (!entityType || !entityId || (plain && isTouched(plain))) return [];
    return {
      element,
      entityType,
      entityId,
      mode: mode === "edit" ? "edit" : "view",
      operations: (operations ?? "").split(" ").filter(Boolean),
      closed: closed ?? "",
      plain,
      form: sendable(element.closest("form")),
    };
  });
}

/** A form that people send; pages that are for reading only have one without a button. */
function sendable(form: HTMLFormElement | null): HTMLFormElement | null {
  const buttons = [...(form?.elements ?? [])].filter(
    (one) => one instanceof HTMLButtonElement || one instanceof HTMLInputElement,
  );
  return buttons.some((one) => one.type === "submit") ? form : null;
}
