import userEvent from "@testing-library/user-event";

/** For tests: put a text into a field in one go; letter by letter is slow. */
export async function fill(field: HTMLElement, text: string): Promise<void> {
  await userEvent.click(field);
  await userEvent.paste(text);
}
