/** Go to a field that is to be mended, so that typing replaces what stands there. */
export function focusOn(field: HTMLInputElement | null): void {
  field?.focus();
  field?.select();
}
