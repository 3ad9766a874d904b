// As the server counts (3GPP TS 23.038): the 7-bit alphabet, whose extension takes two places,
// else UCS-2, in which characters beyond the first plane take two.
const BASIC = new Set(
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡" +
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà",
);
const EXTENSION = new Set("\f^{}\\[~]|€");
const FIRST_PLANE = 0xffff;

/** Characters that the server takes in one message. */
export const LONGEST = 1600;

export type Counted = {
  /** How many text messages it is charged as. */
  segments: number;
  /** Places left in the last of them. */
  left: number;
  /** Letters outside the 7-bit alphabet. */
  special: boolean;
  /** Characters, as the server counts them. */
  length: number;
};

/** Say what it takes to send a text. The server leaves out blanks around it, and so does this. */
export function countSegments(text: string): Counted {
  const letters = [...text.replace(/\r\n?/g, "\n").trim()];
  const special = letters.some((one) => !BASIC.has(one) && !EXTENSION.has(one));
  const alone = special ? 70 : 160;
  const joined = special ? 67 : 153;
  const places = letters.map((one) => placesOf(one, special));
  const total = places.reduce((sum, one) => sum + one, 0);
  const length = letters.length;
  if (total <= alone) {
    return { segments: total === 0 ? 0 : 1, left: alone - total, special, length };
  }
  let segments = 1;
  let used = 0;
  // What takes two places is not cut in two.
  for (const place of places) {
    if (used + place > joined) {
      segments += 1;
      used = 0;
    }
    used += place;
  }
  return { segments, left: joined - used, special, length };
}

function placesOf(letter: string, special: boolean): number {
  if (!special) return EXTENSION.has(letter) ? 2 : 1;
  return (letter.codePointAt(0) ?? 0) > FIRST_PLANE ? 2 : 1;
}
