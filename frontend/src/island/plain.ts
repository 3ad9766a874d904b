type Field = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

const COUNTED = /-(TOTAL|INITIAL)_FORMS$/;

/** Return the plain form of a place: what stands after it and works without JavaScript. */
export function plainOf(place: HTMLElement): HTMLElement | null {
  for (let next = place.nextElementSibling; next; next = next.nextElementSibling) {
    if (next instanceof HTMLElement && next.querySelector('input[name$="-TOTAL_FORMS"]'))
      return next;
  }
  return null;
}

/** Whether somebody has entered something there, or the server has something to say about it. */
export function isTouched(plain: HTMLElement): boolean {
  if (plain.querySelector(".errorlist, .errors")) return true;
  return fieldsOf(plain).some((one) => {
    if (one instanceof HTMLSelectElement) {
      const chosen = [...one.options].find((option) => option.defaultSelected) ?? one.options[0];
      return one.value !== (chosen?.value ?? "");
    }
    if (one instanceof HTMLTextAreaElement) return one.value !== one.defaultValue;
    if (one.type === "file") return (one.files?.length ?? 0) > 0;
    if (one.type === "checkbox") return one.checked !== one.defaultChecked;
    return one.value !== one.defaultValue;
  });
}

/**
 * Put the plain form away; returns how to bring it back.
 *
 * It is sent along as a form without rows. Its rows would name documents that the manager may have
 * deleted meanwhile, and the whole page would be refused for it.
 */
export function putAway(plain: HTMLElement): () => void {
  const before: (() => void)[] = [];
  for (const one of fieldsOf(plain)) {
    if (COUNTED.test(one.name)) {
      const { value } = one;
      one.value = "0";
      before.push(() => {
        one.value = value;
      });
    } else if (!one.disabled) {
      one.disabled = true;
      before.push(() => {
        one.disabled = false;
      });
    }
  }
  const { display } = plain.style;
  plain.style.display = "none";
  plain.hidden = true;
  return () => {
    plain.style.display = display;
    plain.hidden = false;
    for (const undo of before) undo();
  };
}

const fieldsOf = (plain: HTMLElement): Field[] => [
  ...plain.querySelectorAll<Field>("input, select, textarea"),
];
